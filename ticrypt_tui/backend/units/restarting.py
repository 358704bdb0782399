"""Restarting a unit: the job's result is waited for, and then whether the unit stays up.

A unit can die right after a start that systemd counts as done: of one that only runs a program,
systemd knows no more than that it was begun (systemd.service(5), Type=simple).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ticrypt_tui.backend.errors import Failed, UnitFailed
from ticrypt_tui.backend.units.bus import Job, SystemBus
from ticrypt_tui.backend.units.faults import BusGone
from ticrypt_tui.backend.units.state import UnitState
from ticrypt_tui.text import shown

_RESULTS = {
    "canceled": "its restart was cancelled: another job took its place",
    "timeout": "systemd gave up waiting for it",
    "failed": "it did not start",
    "dependency": "a unit that it needs did not start",
    "skipped": "systemd skipped it: its conditions do not hold",
    "invalid": "a unit of this type is not restarted",
    "collected": "systemd dropped it",
    "once": "it runs once only, and has run",
}


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds that the job may take, and after which the unit is looked at once more."""

    deadline: float = 90.0
    look_again: float = 3.0


PACE = Pace()


@dataclass(frozen=True, slots=True)
class Restarted:
    """A unit that was restarted and is up, and how many seconds its job took."""

    state: UnitState
    seconds: float


async def restart(
    bus: SystemBus, state: Callable[[str], Awaitable[UnitState]], name: str, pace: Pace
) -> Restarted:
    """Restart a unit by its own name; raises `UnitFailed` where it is not up afterwards."""
    clock = asyncio.get_running_loop().time
    with bus.jobs() as ended:
        await bus.subscribe()
        began = clock()
        try:
            (job,) = await bus.manager("RestartUnit", "ss", name, "replace", unit=name)
            result = await _result(ended, job, name, pace.deadline)
        except BusGone as error:
            remedy = f"Whether {shown(name)} was restarted is not known: look again."
            raise Failed(error.sentence, remedy) from error
        seconds = clock() - began
    first = await state(name)
    if result != "done":
        raise UnitFailed(f"{shown(name)} was not restarted: {_why(result, first)}.")
    await asyncio.sleep(pace.look_again)
    second = await state(name)
    if fault := _fault(first, second, pace):
        raise UnitFailed(f"{shown(name)} was restarted, {fault}.")
    return Restarted(second, seconds)


async def _result(ended: asyncio.Queue[Job | None], job: str, name: str, deadline: float) -> str:
    """How a job ended; it may have done so before systemd told which job it is."""
    try:
        async with asyncio.timeout(deadline):
            while (each := await ended.get()) is not None:
                if each[0] == job:
                    return each[1]
    except TimeoutError:
        sentence = f"{shown(name)} is still not restarted after {deadline:g} s."
        raise UnitFailed(sentence, "systemd goes on trying: look again, or at its log.") from None
    raise BusGone


def _why(result: str, state: UnitState) -> str:
    words = _RESULTS.get(result, f"its job ended as {shown(result)}")
    facts = [shown(fact) for fact in (state.words, state.ended, state.says) if fact]
    return f"{words} ({', '.join(facts)})"


def _fault(first: UnitState, second: UnitState, pace: Pace) -> str:
    """What is wrong with a unit whose restart succeeded, or ''."""
    within = f"within {pace.look_again:g} s"
    how = second.ended or second.result or second.words
    if second.active == "failed" or second.sub.startswith("auto-restart"):
        return f"and died {within}: {shown(how)}"
    if (second.restarts or 0) > (first.restarts or 0) or _other_process(first, second):
        return f"died {within}, and systemd started it again"
    if first.active == "active" and second.active == "inactive":
        return f"and ended by itself {within}: {shown(how)}"
    if second.kind != "oneshot" and not second.is_up:
        return f"but is {shown(second.words)}"
    return ""


def _other_process(first: UnitState, second: UnitState) -> bool:
    return bool(first.main_pid and second.main_pid and first.main_pid != second.main_pid)
