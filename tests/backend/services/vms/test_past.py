"""Past VMs: the hundred newest, how each ended, and their logs when their host is dead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.backend.conftest import Opener, add_user
from tests.backend.play import PlayHost
from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.drivers.base import Ending, LogKind
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Failed, Refused
from ticrypt_tui.backend.services.base import Log
from ticrypt_tui.backend.store.tables.machines import Vm, VmEnd, VmState
from ticrypt_tui.text import decoded

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def past(number: int, **changes: Any) -> Vm:
    values: dict[str, Any] = {
        "id": f"vm-{number}", "realm_id": "lab", "name": f"it-{number}", "cores": 1,
        "memory_mib": 64, "state": VmState.STOPPED, "ended": NOON + timedelta(minutes=number),
        "end": VmEnd.BY_GUEST,
    }  # fmt: skip
    return Vm(**{**values, **changes})


async def names(enclave: Enclave) -> list[str]:
    return [row.name for row in (await enclave.listing("past")).rows]


async def test_the_newest_end_comes_first(enclave: Enclave) -> None:
    async with enclave.change() as session:
        session.add_all([past(2), past(3), past(1)])
    assert await names(enclave) == ["it-3", "it-2", "it-1"]


async def test_there_are_a_hundred_and_a_word_about_the_rest(enclave: Enclave) -> None:
    async with enclave.change() as session:
        session.add_all([past(number) for number in range(105)])
    listing = await enclave.listing("past")
    assert len(listing.rows) == 100
    assert listing.rows[-1].name == "it-5"
    assert listing.notices == ("The 100 newest of 105; older ones are only in the audit log.",)


async def test_service_vms_are_not_among_them(enclave: Enclave) -> None:
    async with enclave.change() as session:
        session.add_all([past(1), past(2, service=True)])
    assert await names(enclave) == ["it-1"]


async def test_running_vms_are_not_among_them(enclave: Enclave) -> None:
    async with enclave.change() as session:
        session.add(past(1, ended=None, end=None, state=VmState.RUNNING))
    assert await names(enclave) == []


async def test_a_past_vm_keeps_the_names_of_what_is_gone(enclave: Enclave) -> None:
    async with enclave.change() as session:
        session.add(past(1, team_name="ops", project_tag="genomics", host_name="node01"))
    row = (await enclave.listing("past")).rows[0]
    assert (row.team, row.project, row.host) == ("ops", "genomics", "node01")  # type: ignore[attr-defined]


async def test_below_an_admin_only_ones_own_are_listed(
    enclave: Enclave, open_enclave: Opener
) -> None:
    user_id = await add_user(enclave.database, "ulla", Role.USER)
    async with enclave.change() as session:
        session.add_all([past(1), past(2, owner_id=user_id)])
    ulla = await open_enclave("ulla")
    assert await names(ulla) == ["it-2"]
    with pytest.raises(Refused, match="It is not yours"):
        await ulla.detail("past", "vm-1")


async def logs(enclave: Enclave, vm_id: str) -> dict[str, str]:
    opened: tuple[Log, ...] = await enclave.run("vm.logs", {"vm": vm_id})
    texts = {}
    for log in opened:
        try:
            texts[log.title] = decoded(await log.last(1000))
        except Failed as error:
            texts[log.title] = f"({error})"
    return texts


async def ended(enclave: Enclave, host: PlayHost) -> str:
    vm_id: str = await enclave.run("config.start", {"config": "tiny"})
    host.texts = {LogKind.SERIAL: b"login:", LogKind.HYPERVISOR: b"qemu says"}
    host.end(vm_id.removeprefix("vm-"), Ending.BY_GUEST)

    async def kept() -> bool:
        folder = enclave.data / "vm-logs" / vm_id
        return folder.is_dir() and len(list(folder.glob("[!.]*"))) == 2

    assert await enclave.until(kept, 60)
    return vm_id


async def test_a_running_vm_has_its_events_its_console_and_qemus_log(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    vm_id = await enclave.run("config.start", {"config": config})
    host.texts = {LogKind.SERIAL: b"login:", LogKind.HYPERVISOR: b"qemu says"}
    texts = await logs(enclave, vm_id)
    assert list(texts) == ["events", "serial console", "qemu"]
    assert "placed: node01" in texts["events"]
    assert (texts["serial console"], texts["qemu"]) == ("login:", "qemu says")


async def test_a_past_vm_keeps_its_logs_when_its_host_is_dead(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    vm_id = await ended(enclave, host)
    host.fall()

    async def dead() -> bool:
        return not enclave.is_up(host.address.host_id)

    assert await enclave.until(dead, 60)
    texts = await logs(enclave, vm_id)
    assert (texts["serial console"], texts["qemu"]) == ("login:", "qemu says")
    assert "ended: powered off by guest" in texts["events"]


async def test_a_past_vm_keeps_its_logs_when_its_host_has_lost_them(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    vm_id = await ended(enclave, host)
    host.texts = {}
    assert (await logs(enclave, vm_id))["serial console"] == "login:"


async def test_a_log_that_nobody_has_says_why(enclave: Enclave) -> None:
    async with enclave.change() as session:
        session.add(past(1))
    texts = await logs(enclave, "vm-1")
    assert texts["qemu"] == "(The host is not contacted. No copy was kept on this machine.)"


async def test_opening_logs_is_recorded(enclave: Enclave) -> None:
    async with enclave.change() as session:
        session.add(past(1))
    await enclave.run("vm.logs", {"vm": "vm-1"})
    last = (await enclave.records())[-1]
    assert (last.operation, last.outcome, last.target_name) == ("vm.logs", "done", "it-1")
