"""Which process brings a VM up, and whether it still lives."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from ticrypt_tui.backend.caller import process_started

if TYPE_CHECKING:
    from ticrypt_tui.backend.caller import Origin


UNDERWAY: set[str] = set()
"""The VMs that this very process brings up."""


class Fate(StrEnum):
    """What is known here of the process that brings a VM up."""

    ALIVE = "alive"
    DEAD = "dead"
    ELSEWHERE = "elsewhere"


def starter_of(origin: Origin) -> str:
    """A process, named for good: a machine's name, a pid, and when that process started."""
    return f"{origin.machine} {origin.pid} {origin.pid_started}"


def fate_of(starter: str, here: Origin, *, busy: bool) -> Fate:
    """What became of a starter; `busy` says whether this very process still brings the VM up.

    Nobody ('') is as good as dead. Of another machine's processes nothing is known here.
    """
    if not starter:
        return Fate.DEAD
    machine, pid, began = starter.rsplit(" ", 2)
    if machine != here.machine:
        return Fate.ELSEWHERE
    if starter == starter_of(here):
        return Fate.ALIVE if busy else Fate.DEAD
    return Fate.ALIVE if process_started(int(pid)) == int(began) else Fate.DEAD
