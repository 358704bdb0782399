"""How far a start has come, read from what is recorded of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.backend.conftest import Opener
from tests.backend.play import PlayHost
from tests.backend.services.belonging import populate
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Failed, Refused
from ticrypt_tui.backend.services.starting.progress import stages_of
from ticrypt_tui.backend.store.tables.machines import Vm, VmEvent, VmState

AT = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)


def events(*happened: tuple[str, str]) -> list[VmEvent]:
    return [
        VmEvent(vm_id="vm-1", at=AT + timedelta(seconds=n), what=what, detail=detail)
        for n, (what, detail) in enumerate(happened)
    ]


def test_every_stage_has_when_it_began_and_what_happened_in_it() -> None:
    stages = stages_of(
        events(
            ("scheduling", ""), ("placed", "node01"), ("disk made", "/pool/vm-1"),
            ("started", "node01"), ("registering", ""), ("running", "the agent answers"),
        )
    )  # fmt: skip
    assert [each.name for each in stages] == [
        "scheduling", "starting", "booting", "registering", "running",
    ]  # fmt: skip
    assert [each.began for each in stages] == [
        AT + timedelta(seconds=n) for n in (0, 1, 3, 4, 5)
    ]  # fmt: skip
    assert stages[1].notes == ("node01", "disk made: /pool/vm-1")
    assert stages[4].notes == ("the agent answers",)


def test_a_stage_that_was_not_reached_has_not_begun() -> None:
    stages = stages_of(events(("scheduling", ""), ("ended: no host", "node01: is disabled")))
    assert [each.began is None for each in stages] == [False, True, True, True, True]
    assert stages[0].notes == ()


def test_another_host_is_told_in_the_stage_that_it_is_in() -> None:
    stages = stages_of(
        events(("scheduling", ""), ("placed", "node01"), ("placed", "node02"), ("started", ""))
    )
    assert stages[1].notes == ("node01", "placed: node02")
    assert stages[1].began == AT + timedelta(seconds=1)


async def test_a_start_that_succeeded_was_through_every_stage_to_running(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    since = datetime.now(UTC)
    vm_id = await enclave.run("config.start", {"config": config})
    progress = await enclave.progress(config, since)
    assert progress is not None
    assert (progress.vm_id, progress.host, progress.ended) == (vm_id, "node01", None)
    begun = [each.name for each in progress.stages if each.began]
    assert [*begun[:3], begun[-1]] == ["scheduling", "starting", "booting", "running"]


async def test_a_start_that_failed_says_at_which_stage_and_why(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    since = datetime.now(UTC)
    await enclave.run("host.change_state", {"host": "node01", "state": "no scheduler"})
    with pytest.raises(Failed):
        await enclave.run("config.start", {"config": config})
    progress = await enclave.progress(config, since)
    assert progress is not None
    assert [each.name for each in progress.stages if each.began] == ["scheduling"]
    assert (progress.end, progress.host) == ("no host", "")
    assert "node01" in progress.reason


async def test_an_earlier_start_is_not_taken_for_this_one(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    await enclave.run("config.start", {"config": config})
    assert await enclave.progress(config, datetime.now(UTC)) is None


async def test_what_is_not_ones_own_nor_co_owned_is_not_told(
    enclave: Enclave, open_enclave: Opener, host: PlayHost, config: str
) -> None:
    since = datetime.now(UTC)
    await populate(enclave)
    await enclave.run("config.start", {"config": config})
    alice = await open_enclave("alice")
    with pytest.raises(Refused, match="It is not yours"):
        await alice.progress(config, since)
    await enclave.run("config.edit", {"config": config, "co_owners": "alice"})
    assert await alice.progress(config, since) is not None


@pytest.mark.parametrize(
    ("state", "given_up"), [(VmState.BOOTING, True), (VmState.REGISTERING, True),
                            (VmState.RUNNING, False)],
)  # fmt: skip
async def test_until_it_registers_it_says_when_it_is_given_up(
    enclave: Enclave, host: PlayHost, config: str, state: VmState, given_up: bool
) -> None:
    since = datetime.now(UTC)
    vm_id = await enclave.run("config.start", {"config": config})
    host.registers = False
    async with enclave.change() as session:
        vm = await session.get_one(Vm, vm_id)
        vm.state = state
        session.add(vm)
    progress = await enclave.progress(config, since)
    assert progress is not None
    assert vm.started is not None
    limit = enclave.realm("lab").registration_timeout
    assert limit is not None
    assert progress.until == (vm.started + limit if given_up else None)
