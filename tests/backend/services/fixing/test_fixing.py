"""Fix VMs: each difference as the store and a host make it, and what is then in the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from tests.backend.conftest import Opener, add_user
from tests.backend.play import PlayHost, domain
from tests.backend.services.fixing_play import (
    SHUTDOWN_LOG,
    allocation_of,
    fix,
    look_twice_at_once,
    outcomes,
    runs,
    second,
    vanish,
    vm_of,
)
from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.drivers.base import LogKind, Power
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Failed, Refused
from ticrypt_tui.backend.services.fixing import reading, round
from ticrypt_tui.backend.services.fixing.result import Outcome
from ticrypt_tui.backend.services.fixing.vms import repair_vm
from ticrypt_tui.backend.services.vms.events import add_event
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.infrastructure import Host
from ticrypt_tui.backend.store.tables.machines import DeviceAssignment, Vm, VmEnd, VmState
from ticrypt_tui.backend.sync.differences import Grade, Kind


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    look_twice_at_once(monkeypatch)


async def nothing_left(enclave: Enclave) -> bool:
    """Whether a second round right after finds nothing that it could do."""
    again = await fix(enclave)
    return not again.graded(Grade.SAFE) and not again.graded(Grade.ASK)


async def test_a_realm_that_is_as_its_hosts_say_has_nothing_to_repair(
    enclave: Enclave, host: PlayHost
) -> None:
    await runs(enclave, host)
    result = await fix(enclave)
    assert result.summary == "1 checked, nothing to repair"
    assert (result.answered, result.silent, result.by) == (("node01",), (), "mara")


async def test_a_plan_changes_nothing(enclave: Enclave, host: PlayHost) -> None:
    vm_id = await runs(enclave, host, state=VmState.PAUSED)
    result = await fix(enclave, dry_run=True)
    assert outcomes(result) == [(Kind.VM_STATE, Outcome.PLANNED)]
    assert (await vm_of(enclave, vm_id)).state is VmState.PAUSED
    (realm, _) = (await enclave.listing("realms")).rows
    assert realm.last_vms is None  # type: ignore[attr-defined]


async def test_a_vm_whose_end_qemus_log_tells_is_a_past_one(
    enclave: Enclave, host: PlayHost
) -> None:
    vm_id = await runs(enclave, host)
    vanish(host, vm_id)
    host.texts[LogKind.HYPERVISOR] = SHUTDOWN_LOG
    assert outcomes(await fix(enclave)) == [(Kind.VM_ENDED, Outcome.DONE)]
    assert (await vm_of(enclave, vm_id)).end is VmEnd.BY_GUEST
    assert await allocation_of(enclave, vm_id) is None
    assert await nothing_left(enclave)


async def test_a_vm_that_is_gone_without_a_word_waits_for_a_yes(
    enclave: Enclave, host: PlayHost
) -> None:
    vm_id = await runs(enclave, host)
    host.give_volume(f"{vm_id}.qcow2")
    vanish(host, vm_id)
    first = await fix(enclave)
    assert outcomes(first) == [(Kind.VM_LOST, Outcome.NOT_ACCEPTED)]
    assert (await vm_of(enclave, vm_id)).ended is None

    accepted = await fix(enclave, accept=[first.differences[0].id])

    assert outcomes(accepted) == [(Kind.VM_LOST, Outcome.DONE)]
    assert (await vm_of(enclave, vm_id)).end is VmEnd.LOST
    assert await allocation_of(enclave, vm_id) is None
    assert f"{vm_id}.qcow2" in host.disks  # it may be lost only to us
    assert await nothing_left(enclave)


async def test_a_host_that_falls_silent_before_it_says_so_twice_loses_no_vm(
    enclave: Enclave, host: PlayHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    vanish(host, await runs(enclave, host))
    answers = iter((await host.domains(),))

    async def once() -> Any:
        try:
            return next(answers)
        except StopIteration:
            raise Failed("Its daemon is starting anew.") from None

    monkeypatch.setattr(host, "domains", once)
    result = await fix(enclave)
    assert result.differences == ()
    assert [(each.host, each.why) for each in result.silent] == [
        ("node01", "Its daemon is starting anew.")
    ]


async def test_a_vm_of_a_host_that_was_deleted_is_ended_by_fix_vms(
    enclave: Enclave, host: PlayHost
) -> None:
    vm_id = await runs(enclave, host, host_id=None, host_name="")
    vanish(host, vm_id)
    found = await fix(enclave, dry_run=True)
    await fix(enclave, accept=[each.id for each in found.differences])
    assert (await vm_of(enclave, vm_id)).end is VmEnd.BY_FIX


async def test_the_store_follows_a_vm_to_another_host_with_what_it_holds(
    enclave: Enclave, host: PlayHost
) -> None:
    vm_id = await runs(enclave, host)
    other = await second(enclave)
    vanish(host, vm_id)
    seen = replace(domain(vm_id), devices=("0000:41:00.0",))
    other.running[seen.uuid] = seen

    assert outcomes(await fix(enclave)) == [(Kind.VM_MOVED, Outcome.DONE)]

    vm, held = await vm_of(enclave, vm_id), await allocation_of(enclave, vm_id)
    assert (vm.host_name, vm.host_id) == ("node02", other.address.host_id)
    assert held is not None
    assert held.host_id == other.address.host_id
    async with enclave.database.read() as session:
        (device,) = await session.exec(select(DeviceAssignment))
        hosts = {each.name: each.generation for each in await session.exec(select(Host))}
    assert (device.host_id, device.vm_id) == (other.address.host_id, vm_id)
    assert hosts == {"node01": 1, "node02": 1}  # who places a VM now looks at both anew
    assert await nothing_left(enclave)


async def test_a_vm_seen_elsewhere_while_its_host_is_silent_waits_for_a_yes(
    enclave: Enclave, host: PlayHost
) -> None:
    vm_id = await runs(enclave, host)
    other = await second(enclave)
    other.running[vm_id.removeprefix("vm-")] = domain(vm_id)
    host.down = True
    first = await fix(enclave)
    assert outcomes(first) == [(Kind.VM_MOVED, Outcome.NOT_ACCEPTED)]
    await fix(enclave, accept=[first.differences[0].id])
    assert (await vm_of(enclave, vm_id)).host_name == "node02"


async def test_one_vm_on_two_hosts_is_an_alarm_and_never_touched(
    enclave: Enclave, host: PlayHost
) -> None:
    vm_id = await runs(enclave, host)
    other = await second(enclave)
    other.running[vm_id.removeprefix("vm-")] = domain(vm_id)
    (found,) = (await fix(enclave, dry_run=True)).differences
    result = await fix(enclave, accept=[found.id])
    assert outcomes(result) == [(Kind.VM_TWICE, Outcome.LEFT_ALONE)]
    assert "ALARM" in result.fixed[0].difference.libvirt_says
    assert len(host.running) == len(other.running) == 1


async def test_a_domain_that_the_store_does_not_know_is_never_adopted(
    enclave: Enclave, host: PlayHost
) -> None:
    host.running["9"] = domain("9", "a stranger")
    (found,) = (await fix(enclave, dry_run=True)).differences
    assert outcomes(await fix(enclave, accept=[found.id])) == [
        (Kind.VM_UNKNOWN, Outcome.LEFT_ALONE)
    ]
    assert [*host.running] == ["9"]
    async with enclave.database.read() as session:
        assert (await session.exec(select(Vm))).all() == []


async def test_a_past_vm_that_runs_is_only_asked_to_shut_down_and_only_after_a_yes(
    enclave: Enclave, host: PlayHost
) -> None:
    vm_id = await runs(
        enclave, host, ended=now() - timedelta(hours=1), end=VmEnd.LOST, state=VmState.STOPPED
    )
    first = await fix(enclave)
    assert outcomes(first) == [(Kind.VM_RUNS_ON, Outcome.NOT_ACCEPTED)]
    assert host.asked == []
    await fix(enclave, accept=[first.differences[0].id])
    assert host.asked == [f"shut down {vm_id.removeprefix('vm-')}"]


async def test_a_vm_whose_shutdown_nobody_waits_for_any_more_is_running(
    enclave: Enclave, host: PlayHost
) -> None:
    vm_id = await runs(enclave, host, state=VmState.SHUTTING_DOWN)
    async with enclave.change() as session:
        add_event(session, vm_id, "shutdown asked", "mara")
    waiting = await fix(enclave)
    assert (waiting.differences, waiting.in_flight) == ((), 1)
    async with enclave.change() as session:
        for event in (await session.exec(_events(vm_id))).all():
            event.at -= timedelta(minutes=10)
            session.add(event)
    assert outcomes(await fix(enclave)) == [(Kind.VM_STATE, Outcome.DONE)]
    assert (await vm_of(enclave, vm_id)).state is VmState.RUNNING
    assert await nothing_left(enclave)


def _events(vm_id: str) -> Any:
    from ticrypt_tui.backend.store.tables.machines import VmEvent

    return select(VmEvent).where(VmEvent.vm_id == vm_id)


async def test_a_vm_that_crashed_and_was_kept_is_a_past_one_with_its_disk(
    enclave: Enclave, host: PlayHost
) -> None:
    vm_id = await runs(enclave, host)
    host.give_volume(f"{vm_id}.qcow2")
    host.running[vm_id.removeprefix("vm-")] = domain(vm_id, power=Power.CRASHED)
    assert outcomes(await fix(enclave)) == [(Kind.VM_ENDED, Outcome.DONE)]
    assert (await vm_of(enclave, vm_id)).end is VmEnd.CRASHED
    assert f"{vm_id}.qcow2" in host.disks
    assert await nothing_left(enclave)


@pytest.mark.parametrize(
    "values",
    [
        {"state": VmState.STARTING, "started": None, "starter": "elsewhere 12 77"},
        {"state": VmState.REGISTERING},
        {"state": VmState.SHUTTING_DOWN, "end": VmEnd.REGISTRATION_TIMEOUT},
    ],
    ids=["starting", "registering", "given up"],
)
async def test_what_somebody_is_busy_with_is_left_to_him(
    enclave: Enclave, host: PlayHost, values: dict[str, Any]
) -> None:
    vm_id = await runs(enclave, host, **{"started": now(), **values})
    vanish(host, vm_id)
    result = await fix(enclave)
    assert (result.differences, result.in_flight) == ((), 1)


async def test_of_a_host_that_is_disabled_or_unreachable_nothing_is_concluded(
    enclave: Enclave, host: PlayHost
) -> None:
    other = await second(enclave)
    for each in (host, other):
        vanish(each, await runs(enclave, each, f"on {each.address.name}"))
    await enclave.run("host.change_state", {"host": "node01", "state": "disabled"})
    other.down = True
    result = await fix(enclave)
    assert (result.differences, result.answered) == ((), ())
    assert [each.host for each in result.silent] == ["node01", "node02"]
    assert "not contacted" in result.silent[0].why


async def test_of_a_host_that_answered_only_in_part_nothing_is_concluded(
    enclave: Enclave, host: PlayHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "APART", 0.0)
    vanish(host, await runs(enclave, host))
    host.running["9"] = replace(domain("9"), pending=True)
    result = await fix(enclave)
    assert result.differences == ()
    assert "only in part" in result.silent[0].why


async def test_of_a_simulated_host_nothing_is_concluded(enclave: Enclave, host: PlayHost) -> None:
    vanish(host, await runs(enclave, host))
    host.simulated = True
    result = await fix(enclave)
    assert result.differences == ()
    assert "simulated" in result.silent[0].why
    assert result.summary == "nothing compared: 1 host left out"


async def test_one_that_fails_does_not_stop_the_others(
    enclave: Enclave, host: PlayHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = {"ended": now() - timedelta(hours=1), "end": VmEnd.LOST, "state": VmState.STOPPED}
    await runs(enclave, host, "past", **past)
    stuck = await runs(enclave, host, "stuck", state=VmState.PAUSED)

    async def fails(uuid: str) -> None:
        raise Failed("Its monitor does not answer.")

    monkeypatch.setattr(host, "shut_down", fails)
    plan = await fix(enclave, dry_run=True)
    result = await fix(enclave, accept=[each.id for each in plan.differences])
    assert {(each.outcome, each.reason) for each in result.fixed} == {
        (Outcome.FAILED, "Its monitor does not answer."), (Outcome.DONE, "")
    }  # fmt: skip
    assert (await vm_of(enclave, stuck)).state is VmState.RUNNING


async def test_a_row_that_changed_since_it_was_read_is_not_written(
    enclave: Enclave, host: PlayHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    vm_id = await runs(enclave, host, state=VmState.PAUSED)

    async def meanwhile(enclave: Enclave, *what: Any) -> bool:
        async with enclave.change() as session:
            vm = await session.get_one(Vm, vm_id)
            vm.state = VmState.SHUTTING_DOWN
            session.add(vm)
        return await repair_vm(enclave, *what)

    monkeypatch.setattr(round, "repair_vm", meanwhile)
    assert outcomes(await fix(enclave)) == [(Kind.VM_STATE, Outcome.NO_LONGER)]
    assert (await vm_of(enclave, vm_id)).state is VmState.SHUTTING_DOWN


async def test_the_round_and_each_repair_are_on_record(enclave: Enclave, host: PlayHost) -> None:
    vm_id = await runs(enclave, host, state=VmState.PAUSED)
    await fix(enclave)
    records = [r for r in await enclave.records() if r.operation in ("realm.fix_vms", "vm.fix")]
    assert [(r.operation, r.outcome, r.login, r.target_id) for r in records] == [
        ("realm.fix_vms", "attempted", "mara", "lab"),
        ("vm.fix", "attempted", "mara", vm_id),
        ("vm.fix", "done", "mara", vm_id),
        ("realm.fix_vms", "done", "mara", "lab"),
    ]
    assert records[1].detail["libvirt"] == "runs on node01"
    assert records[-1].detail["found"] == "1 checked, 1 done"


async def test_realms_show_when_by_whom_how_long_and_what_was_found(
    enclave: Enclave, host: PlayHost
) -> None:
    await runs(enclave, host, state=VmState.PAUSED)
    result = await fix(enclave)
    row: Any = (await enclave.listing("realms")).rows[0]
    last = row.last_vms
    assert (last.by, last.result, last.started) == ("mara", "1 checked, 1 done", result.started)
    assert last.seconds >= 0
    assert (row.last_drives, row.sync_result) == (None, "1 checked, 1 done")


async def test_an_accepted_id_that_is_no_difference_is_told(
    enclave: Enclave, host: PlayHost
) -> None:
    result = await fix(enclave, accept=["0123456789", "[bold]"])
    assert result.not_found == ("0123456789", "[bold]")


async def test_a_realm_that_is_disabled_and_a_user_who_is_no_admin_are_refused(
    enclave: Enclave, open_enclave: Opener, host: PlayHost
) -> None:
    with pytest.raises(Refused, match="disabled in the configuration file"):
        await enclave.run("realm.fix_vms", {"realm": "attic"})
    await add_user(enclave.database, "ulla", Role.SUB_ADMIN)
    ulla = await open_enclave("ulla")
    with pytest.raises(Refused, match="needs the role admin"):
        await ulla.run("realm.fix_vms", {"realm": "lab"})
