"""The rounds that nobody asks for: when they are due, and who of several consoles runs them."""

from __future__ import annotations

import asyncio
import multiprocessing
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.backend import shared_play
from tests.backend.conftest import CONFIGURATION, Opener
from tests.backend.play import PlayHost
from tests.backend.services.fixing_play import fix, look_twice_at_once, runs, second, vm_of
from tests.backend.shared_play import SharedDriver
from ticrypt_tui.backend.caller import Origin
from ticrypt_tui.backend.drivers.base import Reach
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Refused, TicryptError
from ticrypt_tui.backend.founding import found
from ticrypt_tui.backend.services.fixing import sync_rounds, sync_turns
from ticrypt_tui.backend.services.fixing.result import FixResult
from ticrypt_tui.backend.services.fixing.sync_turns import KEPT, TURN, turn
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.infrastructure import RealmSync
from ticrypt_tui.backend.store.tables.machines import VmState
from ticrypt_tui.config.settings import load_settings

PROCESSES = multiprocessing.get_context("forkserver")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    look_twice_at_once(monkeypatch)
    monkeypatch.setattr(sync_turns, "PATIENCE", 0.0)


async def due(enclave: Enclave) -> list[FixResult | TicryptError]:
    async with aclosing(enclave.rounds.due()) as results:
        return [each async for each in results]


async def ran(enclave: Enclave) -> list[str]:
    """The kinds of rounds that were run and concluded, by the audit log."""
    records = [r for r in await enclave.records() if r.operation.startswith("realm.fix_")]
    return [r.operation for r in records if r.login == "system" and r.outcome == "done"]


async def held_by(enclave: Enclave, process: str, until: timedelta) -> None:
    """Somebody has the realm's turn."""
    async with enclave.change() as session:
        row = RealmSync(realm_id="lab", kind=TURN, started=now(), by=process, ended=now() + until)
        session.add(await session.merge(row))


async def test_a_realm_that_was_never_compared_is_due_and_then_for_an_hour_no_more(
    enclave: Enclave, host: PlayHost
) -> None:
    vm_id = await runs(enclave, host, state=VmState.PAUSED)
    results = await due(enclave)
    assert [getattr(each, "summary", each) for each in results] == [
        "1 checked, 1 done", "0 checked, nothing to repair"
    ]  # fmt: skip
    assert (await vm_of(enclave, vm_id)).state is VmState.RUNNING
    assert await due(enclave) == []
    enclave.rounds.every = timedelta(0)
    assert len(await due(enclave)) == 2


async def test_it_is_on_record_as_the_systems_own_doing(enclave: Enclave, host: PlayHost) -> None:
    await runs(enclave, host, state=VmState.PAUSED)
    await due(enclave)
    records = [r for r in await enclave.records() if r.login == "system" and ".fix" in r.operation]
    assert [(r.operation, r.outcome) for r in records] == [
        ("realm.fix_vms", "attempted"), ("vm.fix", "attempted"), ("vm.fix", "done"),
        ("realm.fix_vms", "done"), ("realm.fix_drives", "attempted"), ("realm.fix_drives", "done"),
    ]  # fmt: skip
    row: Any = (await enclave.listing("realms")).rows[0]
    assert row.last_vms.by == row.last_drives.by == "the periodic sync"


async def test_what_needs_a_yes_waits_for_people(enclave: Enclave, host: PlayHost) -> None:
    vm_id = await runs(enclave, host)
    host.running.clear()
    await due(enclave)
    assert (await vm_of(enclave, vm_id)).ended is None
    row: Any = (await enclave.listing("realms")).rows[0]
    assert row.last_vms.result == "1 checked, 1 waits for a yes"


async def test_two_consoles_at_once_run_one_round(
    enclave: Enclave, open_enclave: Opener, host: PlayHost
) -> None:
    other = await open_enclave()
    await other.settled()
    results = await asyncio.gather(due(enclave), due(other))
    assert sorted(map(len, results)) == [0, 2]
    assert await ran(enclave) == ["realm.fix_vms", "realm.fix_drives"]


async def test_while_one_console_is_at_it_another_is_refused_and_may_still_look(
    enclave: Enclave, open_enclave: Opener, host: PlayHost
) -> None:
    other = await open_enclave()
    await other.settled()
    async with turn(enclave, "lab"):
        with pytest.raises(Refused, match=r"being compared with its hosts since .* process 4242"):
            await fix(other)
        assert (await fix(other, dry_run=True)).dry_run
        assert await due(other) == []
    assert (await fix(other)).differences == ()


async def test_people_wait_a_moment_for_a_round_that_is_going_on(
    enclave: Enclave, host: PlayHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_turns, "PATIENCE", 30.0)
    async with turn(enclave, "lab"):
        waiting = asyncio.create_task(fix(enclave))
        assert await asyncio.wait({waiting}, timeout=0.3) == (set(), {waiting})
    assert (await waiting).by == "mara"


@pytest.mark.parametrize(
    ("process", "until", "rounds"),
    [
        ("console-1 1 1", KEPT, 2),
        ("elsewhere 12 77", KEPT, 0),
        ("elsewhere 12 77", timedelta(seconds=-1), 2),
        ("", KEPT, 2),
    ],
    ids=["dead here", "elsewhere", "elsewhere, silent too long", "given back"],
)
async def test_a_turn_is_taken_over_from_the_dead_alone(
    enclave: Enclave, host: PlayHost, process: str, until: timedelta, rounds: int
) -> None:
    await held_by(enclave, process, until)
    assert len(await due(enclave)) == rounds


async def test_a_console_that_reaches_no_host_leaves_the_round_to_one_that_does(
    enclave: Enclave, host: PlayHost
) -> None:
    host.fall()

    async def down() -> bool:
        return not enclave.is_up(host.address.host_id)

    assert await enclave.until(down, 60)
    assert await due(enclave) == []


async def becomes_simulated(enclave: Enclave, host: PlayHost) -> None:
    host.simulated = True
    enclave.watch.refresh()

    async def seen() -> bool:
        return enclave.sightings()[host.address.host_id].reach is Reach.SIMULATED

    assert await enclave.until(seen, 60)


async def test_a_realm_whose_hosts_are_all_simulated_is_left_alone(
    enclave: Enclave, host: PlayHost
) -> None:
    await becomes_simulated(enclave, host)
    before = await enclave.records()
    assert await due(enclave) == []
    assert await enclave.records() == before


async def test_a_real_host_beside_a_simulated_one_is_compared(
    enclave: Enclave, host: PlayHost
) -> None:
    await second(enclave)
    await becomes_simulated(enclave, host)
    vms, _ = await due(enclave)
    assert isinstance(vms, FixResult)
    assert (vms.answered, [each.host for each in vms.silent]) == (("node02",), ["node01"])


async def test_while_the_audit_log_cannot_be_written_no_round_is_run(
    enclave: Enclave, host: PlayHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    vm_id = await runs(enclave, host, state=VmState.PAUSED)
    monkeypatch.setattr(enclave.audit, "_file_fault", "The disk is full.")
    (said,) = await due(enclave)
    assert str(said) == "The disk is full. No round is run meanwhile."
    assert (await vm_of(enclave, vm_id)).state is VmState.PAUSED


async def test_a_round_that_was_cut_short_is_due_again(enclave: Enclave, host: PlayHost) -> None:
    await due(enclave)
    async with enclave.change() as session:
        row = await session.get_one(RealmSync, ("lab", "drives"))
        row.ended = None
        session.add(row)
    await due(enclave)
    assert (await ran(enclave))[2:] == ["realm.fix_drives"]


async def test_a_round_that_is_cancelled_says_so_and_gives_its_turn_back(
    enclave: Enclave, host: PlayHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, domains = asyncio.Event(), host.domains

    async def hangs() -> Any:
        asked.set()
        await asyncio.sleep(60)

    monkeypatch.setattr(host, "domains", hangs)
    task = asyncio.create_task(due(enclave))
    await asyncio.wait_for(asked.wait(), 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    monkeypatch.setattr(host, "domains", domains)
    last = [r for r in await enclave.records() if r.operation == "realm.fix_vms"][-1]
    assert (last.outcome, last.reason) == ("failed", "cut short; what it had done stays done")
    assert len(await due(enclave)) == 2


async def test_an_open_console_runs_them_by_itself(
    open_enclave: Opener, enclave: Enclave, host: PlayHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_rounds, "FIRST_AFTER", 0.0)
    monkeypatch.setattr(sync_rounds, "LOOKS_APART", 0.2)
    other = await open_enclave()

    async def both() -> bool:
        return len(await ran(other)) == 2

    assert await other.until(both, 60)


async def test_a_read_only_console_runs_none(enclave: Enclave, host: PlayHost) -> None:
    session = enclave.settings.session.model_copy(update={"read_only": True})
    enclave.settings = enclave.settings.model_copy(update={"session": session})
    await asyncio.wait_for(enclave.rounds.run(), 60)
    assert await ran(enclave) == []


# A console that is killed while it compares


def hold(file: Path, folder: Path, name: str, told: Any) -> None:
    """Have the realm's turn, say so, and never come to an end."""

    async def held() -> None:
        enclave = await shared_play.console(file, SharedDriver(folder))
        async with turn(enclave, name):
            told.put("held")
            await asyncio.sleep(600)

    asyncio.run(held())


@pytest.mark.slow(seconds=7)
async def test_the_turn_of_a_console_that_was_killed_is_taken_over(
    tmp_path: Path, origin: Origin
) -> None:
    file, folder = tmp_path / "ticrypt-tui.toml", shared_play.lay_out(tmp_path / "host")
    file.write_text(CONFIGURATION.format(folder=tmp_path))
    await found(load_settings(file), origin)
    told = PROCESSES.Queue()
    holder = PROCESSES.Process(target=hold, args=(file, folder, "lab", told))
    holder.start()
    assert await asyncio.to_thread(told.get, timeout=240) == "held"
    enclave = await shared_play.console(file, SharedDriver(folder))
    try:
        assert await due(enclave) == []
        with pytest.raises(Refused, match=f"process {holder.pid}"):
            await fix(enclave)
        holder.kill()
        await asyncio.to_thread(holder.join, 60)
        assert len(await due(enclave)) == 2
    finally:
        holder.kill()
        await enclave.close()
