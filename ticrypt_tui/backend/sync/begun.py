"""What to do with starts that nobody lives to finish: a pure plan from two snapshots.

The store's snapshot has the VMs that are not up yet, with what became of the process that brings
each up; the hosts' has which VMs each shows, and when it was read.

The rule. A VM whose starter is alive is left alone. Where the starter is dead, or nobody, its host
decides, as read at least `SETTLED` after that was first seen: what libvirt had begun for it is then
there. The VM is there: it is carried on. It is not: its start has failed, and what it held is given
back. A starter on another machine cannot be asked; its VM is judged in the same way, but only once
its start is older than `OVERDUE`, far longer than any start takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ticrypt_tui.backend.sync.starters import Fate

SETTLED = timedelta(seconds=3)
OVERDUE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A VM that is not up yet. `dead_since` is when its starter was first seen to be dead here."""

    vm_id: str
    host_id: str | None
    created: datetime
    fate: Fate
    dead_since: datetime

    def abandoned(self, at: datetime) -> bool:
        """Whether its starter is dead, or is to be taken for dead."""
        overdue = self.fate is Fate.ELSEWHERE and at - self.created >= OVERDUE
        return self.fate is Fate.DEAD or overdue


@dataclass(frozen=True, slots=True)
class Shown:
    """What a host that answers showed when it was last read."""

    read_at: datetime
    vm_ids: frozenset[str]


class Verdict(StrEnum):
    """What is to be done with an unfinished start."""

    WAIT = "wait"
    CARRY_ON = "carry on"
    GIVE_BACK = "give back"


def plan(
    unfinished: Iterable[Unfinished], hosts: Mapping[str, Shown], at: datetime
) -> dict[str, Verdict]:
    """What is to be done with each VM, by its ID."""
    return {each.vm_id: _judged(each, hosts.get(each.host_id or ""), at) for each in unfinished}


def _judged(start: Unfinished, host: Shown | None, at: datetime) -> Verdict:
    if not start.abandoned(at):
        return Verdict.WAIT
    if start.host_id is None:
        return Verdict.GIVE_BACK
    if host is None or host.read_at < start.dead_since + SETTLED:
        return Verdict.WAIT
    return Verdict.CARRY_ON if start.vm_id in host.vm_ids else Verdict.GIVE_BACK
