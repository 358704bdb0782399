"""What is told of a systemd that refuses, is silent or goes away; it is played on a private bus."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from dbus_fast import Variant
from dbus_fast.aio import MessageBus

from tests.backend.units.play_bus import Daemon, Play, daemon, played, removed
from ticrypt_tui.backend.errors import Failed, NotFound, Refused, TicryptError, UnitFailed
from ticrypt_tui.backend.units.restarting import Pace
from ticrypt_tui.backend.units.systemd import Systemd

UNIT = "played.service"


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Daemon]:
    made = daemon(tmp_path)
    yield made
    made.die()


@pytest.fixture
def play() -> Play:
    return Play()


@pytest.fixture
async def systemd(bus: Daemon, play: Play, tmp_path: Path) -> AsyncIterator[Systemd]:
    made = Systemd(bus.address, booted=tmp_path, pace=Pace(deadline=60, look_again=0.05))
    async with played(bus.address, play):
        yield made
        await made.close()


@pytest.fixture
async def hasty(systemd: Systemd, bus: Daemon, tmp_path: Path) -> AsyncIterator[Systemd]:
    """The same systemd, whose jobs are waited for a second and a half only."""
    made = Systemd(bus.address, booted=tmp_path, pace=Pace(deadline=1.5, look_again=0.05))
    yield made
    await made.close()


async def test_a_restart_is_asked_for_once_subscribed(systemd: Systemd, play: Play) -> None:
    await systemd.restart(UNIT)
    assert play.asked == ["Subscribe", f"RestartUnit {UNIT} replace"]


async def test_a_job_that_ends_before_the_restart_is_answered_is_not_missed(
    systemd: Systemd, play: Play
) -> None:
    play.early = True
    assert (await systemd.restart(UNIT)).state.words == "active (running)"


@pytest.mark.parametrize(
    ("error", "kind", "told"),
    [
        ("org.freedesktop.DBus.Error.AccessDenied", Refused, "polkit does not let you restart"),
        (
            "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired",
            Refused,
            "polkit does not let you restart",
        ),
        ("org.freedesktop.systemd1.NoSuchUnit", NotFound, "systemd knows no unit played.service"),
        ("org.freedesktop.systemd1.UnitMasked", Refused, "It is masked"),
        ("org.freedesktop.systemd1.OnlyByDependency", Refused, "along with others"),
        ("org.freedesktop.DBus.Error.ServiceUnknown", Failed, "systemd does not answer"),
        ("org.example.Never.Heard.Of", Failed, "systemd did not do it: played.service: no"),
    ],
)
async def test_a_refusal_is_told_in_words(
    systemd: Systemd, play: Play, error: str, kind: type[TicryptError], told: str
) -> None:
    play.refuses = error
    with pytest.raises(kind, match=told):
        await systemd.restart(UNIT)


@pytest.mark.parametrize(
    ("result", "told"),
    [
        ("canceled", "another job took its place"),
        ("timeout", "systemd gave up waiting for it"),
        ("dependency", "a unit that it needs did not start"),
        ("skipped", "its conditions do not hold"),
        ("failed", "it did not start"),
        ("brand-new", "its job ended as brand-new"),
    ],
)
async def test_how_a_job_ended_is_told_in_words(
    systemd: Systemd, play: Play, result: str, told: str
) -> None:
    play.result = result
    with pytest.raises(UnitFailed, match=told):
        await systemd.restart(UNIT)


async def test_a_job_that_does_not_end_is_left_at_the_deadline(hasty: Systemd, play: Play) -> None:
    play.result = ""
    with pytest.raises(UnitFailed, match=r"still not restarted after 1\.5 s") as told:
        await hasty.restart(UNIT)
    assert "systemd goes on trying" in told.value.remedy


async def test_nobody_else_on_the_bus_is_believed_that_a_job_has_ended(
    hasty: Systemd, play: Play, bus: Daemon
) -> None:
    play.result = ""
    stranger = await MessageBus(bus.address).connect()
    restart = asyncio.create_task(hasty.restart(UNIT))
    await play.restarting.wait()
    await stranger.send(removed("7", "done"))
    with pytest.raises(UnitFailed, match="still not restarted"):
        await restart
    stranger.disconnect()


async def test_a_bus_that_dies_midway_leaves_it_open_and_says_so(
    systemd: Systemd, play: Play, bus: Daemon
) -> None:
    play.result = ""
    restart = asyncio.create_task(systemd.restart(UNIT))
    await play.restarting.wait()
    bus.die()
    with pytest.raises(Failed) as told:
        await restart
    assert str(told.value) == (
        "The system bus of this machine went away. "
        "Whether played.service was restarted is not known: look again."
    )


async def test_a_bus_that_dies_before_the_answer_is_told(
    systemd: Systemd, play: Play, bus: Daemon
) -> None:
    play.silent = True
    restart = asyncio.create_task(systemd.restart(UNIT))
    await play.restarting.wait()
    bus.die()
    with pytest.raises(Failed, match=r"Whether played\.service was restarted is not known"):
        await restart


async def test_after_the_bus_came_back_it_is_asked_again(
    systemd: Systemd, play: Play, bus: Daemon, tmp_path: Path
) -> None:
    await systemd.states([UNIT])
    bus.die()
    with pytest.raises(Failed):
        await systemd.states([UNIT])
    (tmp_path / "bus").unlink(missing_ok=True)
    again = daemon(tmp_path)
    async with played(again.address, play):
        (state,) = await systemd.states([UNIT])
    again.die()
    assert state.words == "active (running)"


async def test_no_bus_is_told_with_the_reason(tmp_path: Path) -> None:
    systemd = Systemd(f"unix:path={tmp_path}/nothing", booted=tmp_path)
    with pytest.raises(Failed, match="cannot be reached: No such file or directory"):
        await systemd.states([UNIT])


async def test_a_bus_without_a_systemd_is_told(bus: Daemon, tmp_path: Path) -> None:
    systemd = Systemd(bus.address, booted=tmp_path)
    with pytest.raises(Failed, match="systemd does not answer on the system bus"):
        await systemd.states([UNIT])
    await systemd.close()


async def test_a_machine_that_systemd_did_not_start_says_so(tmp_path: Path) -> None:
    systemd = Systemd(f"unix:path={tmp_path}/nothing", booted=tmp_path / "system")
    assert systemd.absent == (
        f"This machine was not started by systemd: there is no {tmp_path}/system."
    )


async def test_a_unit_that_is_unloaded_meanwhile_is_listed_without_its_figures(
    systemd: Systemd, play: Play
) -> None:
    play.forgotten = True
    (state,) = await systemd.states([UNIT])
    assert (state.words, state.restarts) == ("active (running)", None)


async def test_figures_that_systemd_does_not_keep_are_not_shown_as_numbers(
    systemd: Systemd, play: Play
) -> None:
    play.properties = {
        "MemoryCurrent": Variant("t", 2**64 - 1),
        "StateChangeTimestamp": Variant("t", 0),
        "NRestarts": Variant("u", 2),
    }
    (state,) = await systemd.states([UNIT])
    assert (state.memory, state.since, state.restarts) == (None, None, 2)
