"""Service VMs that are on: what they boot, how they are ended, their logs and controller."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import update
from sqlmodel import select

from tests.backend.conftest import ignores_shutdown
from tests.backend.play import PlayHost
from tests.backend.services.conftest import KEEPER, keeper_row
from ticrypt_tui.backend.drivers.base import Ending, GuestRun, LogKind
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Failed, Refused
from ticrypt_tui.backend.store.tables.machines import (
    Allocation,
    Vm,
    VmImage,
    VmState,
)

# What it boots, and on what


async def test_it_boots_the_images_volume_itself(
    enclave: Enclave, host: PlayHost, keeper_on: str
) -> None:
    (wanted,) = host.wanted
    assert (wanted.vm_id, wanted.title) == (keeper_on, "keeper")
    assert (wanted.disk_path, wanted.disk_format) == ("/pool/tiny.qcow2", "qcow2")
    assert list(host.disks) == ["tiny.qcow2"]


async def test_it_is_on_the_service_network_with_a_screen_and_without_a_filter(
    enclave: Enclave, host: PlayHost, keeper: str
) -> None:
    lab = enclave.realms["lab"]
    enclave.realms["lab"] = lab.model_copy(update={"service_network": "outside"})
    await enclave.run("service_vm.power_up", KEEPER)
    (wanted,) = host.wanted
    assert (wanted.network, wanted.network_filter, wanted.debug) == ("outside", "", True)


async def test_its_row_says_how_it_runs(enclave: Enclave, keeper_on: str) -> None:
    found = await keeper_row(enclave)
    assert (found.state, found.host, found.run.id) == ("running", "node01", keeper_on)
    assert found.runtime.total_seconds() == 0


async def test_how_it_comes_up_is_told_stage_by_stage(enclave: Enclave, keeper: str) -> None:
    since = datetime.now(UTC)
    vm_id = await enclave.run("service_vm.power_up", KEEPER)
    progress = await enclave.progress(keeper, since)
    assert progress is not None
    assert (progress.vm_id, progress.host, progress.until) == (vm_id, "node01", None)
    assert [each.name for each in progress.stages if each.began] == [
        "scheduling", "starting", "booting", "running"
    ]  # fmt: skip


async def test_it_holds_its_place_on_the_host(enclave: Enclave, keeper_on: str) -> None:
    async with enclave.database.read() as session:
        (held,) = (await session.exec(select(Allocation))).all()
    assert (held.vm_id, held.cores, held.memory_mib) == (keeper_on, 1, 192)


async def test_it_runs_on_the_host_that_it_is_pinned_to(
    enclave: Enclave, keeper: str, host: PlayHost
) -> None:
    await enclave.run("host.create", {"realm": "lab", "name": "node00", "uri": "play://node00"})
    await enclave.run("service_vm.edit", {**KEEPER, "host": "node01"})
    await enclave.run("service_vm.power_up", KEEPER)
    assert len(host.running) == 1


async def test_where_its_own_host_cannot_take_it_none_does(
    enclave: Enclave, keeper: str, host: PlayHost
) -> None:
    await enclave.run("host.create", {"realm": "lab", "name": "node00", "uri": "play://node00"})
    await enclave.settled()
    await enclave.run("service_vm.edit", {**KEEPER, "host": "node00"})
    await enclave.run("host.change_state", {"host": "node00", "state": "no scheduler"})
    with pytest.raises(Failed, match="node00") as failure:
        await enclave.run("service_vm.power_up", KEEPER)
    assert "no scheduler" in str(failure.value)
    assert "node01" not in str(failure.value)
    assert ((await keeper_row(enclave)).state, (await keeper_row(enclave)).last.end) == (
        "off",
        "no host",
    )


async def test_it_is_powered_up_once(enclave: Enclave, keeper_on: str) -> None:
    with pytest.raises(Refused, match="It is running: shut it down first"):
        await enclave.run("service_vm.power_up", KEEPER)


async def test_what_the_hypervisor_refuses_gives_the_place_back_and_leaves_the_volume(
    enclave: Enclave, host: PlayHost, keeper: str
) -> None:
    host.start_fails = "There is no memory left."
    with pytest.raises(Failed, match="There is no memory left"):
        await enclave.run("service_vm.power_up", KEEPER)
    found = await keeper_row(enclave)
    assert (found.state, found.last.end) == ("off", "start failed")
    assert list(host.disks) == ["tiny.qcow2"]
    async with enclave.database.read() as session:
        assert (await session.exec(select(Allocation))).all() == []


# How it ends


async def test_it_is_off_again_and_says_how_it_ended(enclave: Enclave, keeper_on: str) -> None:
    said = await enclave.run("service_vm.shutdown", KEEPER)
    assert said.startswith("keeper ended: shut down by admin, in ")
    found = await keeper_row(enclave)
    assert (found.state, found.run, found.last.end) == ("off", None, "shut down by admin")


async def test_it_is_forced_off(enclave: Enclave, host: PlayHost, keeper_on: str) -> None:
    ignores_shutdown(enclave, host)
    with pytest.raises(Failed, match="force ends it at once"):
        await enclave.run("service_vm.shutdown", KEEPER)
    assert (await keeper_row(enclave)).state == "running"
    await enclave.run("service_vm.shutdown", {**KEEPER, "force": True})
    assert (await keeper_row(enclave)).last.end == "forced off"


async def test_its_guest_that_powers_itself_off_says_so(
    enclave: Enclave, host: PlayHost, keeper_on: str
) -> None:
    host.end(keeper_on.removeprefix("vm-"), Ending.BY_GUEST)

    async def is_off() -> bool:
        return bool((await keeper_row(enclave)).state == "off")

    assert await enclave.until(is_off, 60)
    assert (await keeper_row(enclave)).last.end == "powered off by guest"
    assert list(host.disks) == ["tiny.qcow2"]


async def test_the_last_of_several_ends_is_told(enclave: Enclave, keeper_on: str) -> None:
    await enclave.run("service_vm.shutdown", {**KEEPER, "force": True})
    await enclave.run("service_vm.power_up", KEEPER)
    await enclave.run("service_vm.shutdown", KEEPER)
    assert (await keeper_row(enclave)).last.end == "shut down by admin"


async def test_one_that_is_off_is_not_shut_down(enclave: Enclave, keeper: str) -> None:
    with pytest.raises(Refused, match="It is off"):
        await enclave.run("service_vm.shutdown", KEEPER)


async def test_two_consoles_that_end_it_end_it_once(
    enclave: Enclave, other: Enclave, keeper_on: str
) -> None:
    force = {**KEEPER, "force": True}
    await asyncio.gather(
        enclave.run("service_vm.shutdown", force),
        other.run("service_vm.shutdown", force),
        return_exceptions=True,
    )
    detail = await enclave.detail("service", (await keeper_row(enclave)).id)
    assert sum("ended: " in line for line in detail.sections[-1].lines) == 1


# Its logs


async def test_its_logs_are_those_of_now(enclave: Enclave, host: PlayHost, keeper_on: str) -> None:
    host.texts[LogKind.SERIAL] = b"tiny-linux ready"
    logs = {each.title: each for each in await enclave.run("service_vm.logs", KEEPER)}
    assert await logs["serial console"].last(100) == b"tiny-linux ready"
    assert b"placed: node01" in await logs["events"].last(10_000)


async def test_its_logs_are_those_of_the_last_time_while_it_is_off(
    enclave: Enclave, keeper_on: str
) -> None:
    await enclave.run("service_vm.shutdown", KEEPER)
    logs = {each.title: each for each in await enclave.run("service_vm.logs", KEEPER)}
    assert b"ended: shut down by admin" in await logs["events"].last(10_000)


async def test_one_that_was_never_on_has_no_logs(enclave: Enclave, keeper: str) -> None:
    with pytest.raises(Refused, match="It was never on"):
        await enclave.run("service_vm.logs", KEEPER)


# Its controller


async def test_its_controller_is_restarted_by_the_realms_command(
    enclave: Enclave, host: PlayHost, keeper_on: str
) -> None:
    host.runs = GuestRun(0, "controller started 2\n", "")
    said = await enclave.run("service_vm.restart_controller", KEEPER)
    assert said.splitlines() == [
        "$ systemctl restart ticrypt-vm-controller",
        "It worked: exit code 0.",
        "",
        "It wrote:",
        "controller started 2",
    ]
    assert "run systemctl restart ticrypt-vm-controller" in host.asked
    assert (await enclave.records())[-1].detail["exit_code"] == "0"


async def test_the_command_is_that_of_the_images_operating_system(
    enclave: Enclave, host: PlayHost, keeper_on: str
) -> None:
    async with enclave.change() as session:
        await session.exec(update(VmImage).values(os="windows"))
    await enclave.run("service_vm.restart_controller", KEEPER)
    assert "run powershell -Command Restart-Service ticrypt-vm-controller" in host.asked


async def test_a_command_that_fails_is_shown_with_what_it_complained_of(
    enclave: Enclave, host: PlayHost, keeper_on: str
) -> None:
    host.runs = GuestRun(5, "", "Unit not found.\n\x1b[2J")
    said = await enclave.run("service_vm.restart_controller", KEEPER)
    assert "It FAILED: exit code 5." in said
    assert "It complained:\nUnit not found.\n\\u{1b}[2J" in said
    assert (await enclave.records())[-1].detail["exit_code"] == "5"


async def test_a_guest_without_an_agent_says_so(
    enclave: Enclave, host: PlayHost, keeper_on: str
) -> None:
    host.registers = False
    with pytest.raises(Failed, match="The guest has no agent that answers"):
        await enclave.run("service_vm.restart_controller", KEEPER)


async def test_a_realm_without_such_a_command_says_where_it_is_set(
    enclave: Enclave, keeper_on: str
) -> None:
    lab = enclave.realms["lab"]
    enclave.realms["lab"] = lab.model_copy(update={"controller_restart": {}})
    with pytest.raises(Refused, match="controller_restart in the configuration file"):
        await enclave.run("service_vm.restart_controller", KEEPER)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (VmState.BOOTING, "It is booting, not running."),
        (VmState.SHUTTING_DOWN, "It is shutting down, not running."),
    ],
)
async def test_only_of_a_running_guest_is_the_controller_restarted(
    enclave: Enclave,
    keeper_on: str,
    state: VmState,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def nobody() -> tuple[Vm, ...]:
        return ()

    monkeypatch.setattr(enclave.registration, "_waiting", nobody)
    async with enclave.change() as session:
        await session.exec(update(Vm).values(state=state))
    assert enclave.why_not("service_vm.restart_controller", await keeper_row(enclave)) == reason


async def test_one_that_is_off_has_no_controller_to_restart(enclave: Enclave, keeper: str) -> None:
    with pytest.raises(Refused, match="It is off"):
        await enclave.run("service_vm.restart_controller", KEEPER)


async def test_on_a_simulated_host_nothing_is_restarted(
    enclave: Enclave, host: PlayHost, keeper_on: str
) -> None:
    host.simulated = True
    enclave.watch.refresh()

    async def simulated() -> bool:
        return bool((await keeper_row(enclave)).simulated)

    assert await enclave.until(simulated, 60)
    with pytest.raises(Refused, match="It is simulated: its host, node01, is played by libvirt"):
        await enclave.run("service_vm.restart_controller", KEEPER)
