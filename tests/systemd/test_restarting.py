"""Restarting units of a real systemd."""

from __future__ import annotations

import asyncio

import pytest

from tests.systemd.machine import Machine
from ticrypt_tui.backend.errors import NotFound, UnitFailed
from ticrypt_tui.backend.units.restarting import Pace
from ticrypt_tui.backend.units.systemd import Systemd

pytestmark = pytest.mark.slow(seconds=25)


async def test_a_unit_that_is_restarted_is_up_with_another_process(systemd: Systemd) -> None:
    before = await systemd.state("steady.service")
    restarted = await systemd.restart("steady.service")
    assert restarted.state.words == "active (running)"
    assert restarted.state.main_pid not in (0, before.main_pid)
    assert restarted.seconds > 0


async def test_what_hangs_on_a_unit_is_known_before_and_restarted_along(systemd: Systemd) -> None:
    (before,) = await systemd.states(["steady.service"])
    guest = await systemd.state("guest.service")
    assert before.cut_along == ("guest.service",)
    await systemd.restart("steady.service")
    assert (await systemd.state("guest.service")).main_pid != guest.main_pid


async def test_a_unit_that_fails_as_it_starts_is_said_to_with_its_exit_code(
    systemd: Systemd,
) -> None:
    with pytest.raises(UnitFailed) as told:
        await systemd.restart("broken.service")
    assert str(told.value) == (
        "broken.service was not restarted: it did not start (failed (failed), exit code 3)."
    )


async def test_a_unit_that_dies_soon_after_a_start_that_succeeded_is_found(
    systemd: Systemd,
) -> None:
    with pytest.raises(UnitFailed) as told:
        await systemd.restart("short.service")
    assert str(told.value) == "short.service was restarted, and died within 3 s: exit code 7."


async def test_a_unit_that_systemd_keeps_on_starting_is_found(systemd: Systemd) -> None:
    with pytest.raises(UnitFailed, match="died within 3 s"):
        await systemd.restart("stubborn.service")
    assert (await systemd.state("stubborn.service")).restarts


async def test_a_unit_that_hangs_is_left_at_the_deadline(machine: Machine) -> None:
    booted = machine.root / "run/systemd/system"
    systemd = Systemd(machine.bus, booted=booted, pace=Pace(deadline=1, look_again=0))
    with pytest.raises(UnitFailed) as told:
        await systemd.restart("hanging.service")
    assert told.value.sentence == "hanging.service is still not restarted after 1 s."
    assert (await systemd.state("hanging.service")).words == "activating (start)"
    machine.run("systemctl", "stop", "hanging.service")
    await systemd.close()


async def test_a_restart_that_another_job_takes_the_place_of_is_said_to_be_cancelled(
    systemd: Systemd, machine: Machine
) -> None:
    restart = asyncio.create_task(systemd.restart("hanging.service"))
    async with asyncio.timeout(60):
        while (await systemd.state("hanging.service")).active != "activating":  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await asyncio.to_thread(machine.run, "systemctl", "stop", "hanging.service")
    with pytest.raises(UnitFailed, match="another job took its place"):
        await restart


async def test_a_unit_that_is_not_ready_in_its_own_time_is_said_to_have_failed(
    systemd: Systemd,
) -> None:
    with pytest.raises(UnitFailed, match=r"it did not start \(failed \(failed\), killed by SIG"):
        await systemd.restart("slow.service")


async def test_a_unit_that_does_its_work_and_ends_has_succeeded(systemd: Systemd) -> None:
    restarted = await systemd.restart("once.service")
    assert restarted.state.words == "inactive (dead)"


async def test_a_unit_that_is_not_there_is_refused(systemd: Systemd) -> None:
    (state,) = await systemd.states(["nothing.service"])
    assert state.words == "not-found"
    with pytest.raises(NotFound, match=r"systemd knows no unit nothing\.service"):
        await systemd.restart("nothing.service")


async def test_an_alias_is_resolved_to_the_units_own_name(
    systemd: Systemd, machine: Machine
) -> None:
    machine.run("systemctl", "enable", "steady.service")
    (state,) = await systemd.states(["constant.service"])
    assert (state.asked, state.name) == ("constant.service", "steady.service")


async def test_states_have_since_when_and_how_much_memory(systemd: Systemd) -> None:
    steady, once = await systemd.states(["steady.service", "once.service"])
    assert steady.since is not None
    assert steady.started is not None
    assert steady.restarts == 0
    assert steady.description == "Runs for ever"
    assert once.memory is None


async def test_a_change_of_a_unit_that_is_shown_is_told(machine: Machine) -> None:
    told = asyncio.Event()
    booted = machine.root / "run/systemd/system"
    systemd = Systemd(machine.bus, booted=booted, changed=told.set)
    await systemd.states(["guest.service"])
    told.clear()
    await asyncio.to_thread(machine.run, "systemctl", "restart", "guest.service")
    await asyncio.wait_for(told.wait(), 60)
    await systemd.close()
