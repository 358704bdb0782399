"""What a round of Fix VMs or Fix drives gives back."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ticrypt_tui.backend.sync.differences import Difference, Grade


class Outcome(StrEnum):
    """What became of one difference."""

    PLANNED = "planned"
    DONE = "done"
    NOT_ACCEPTED = "waits for a yes"
    LEFT_ALONE = "left alone"
    NO_LONGER = "no longer so"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Fixed:
    """A difference with what became of it; `reason` says why it failed."""

    difference: Difference
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Silent:
    """A host of which nothing is concluded, and why; foreign text."""

    host: str
    why: str


@dataclass(frozen=True, slots=True)
class FixResult:
    """One round over one realm. `kind` is `vms` or `drives`; `checked` counts VMs or drives.

    `answered` names the hosts that were read in full. `in_flight` counts the VMs or drives that
    somebody is busy with: they are left alone. `not_found` are accepted IDs that are not, or not
    any more, in the plan. `by` is the caller's login, or `the periodic sync`.
    """

    realm: str
    kind: str
    dry_run: bool
    checked: int
    answered: tuple[str, ...]
    silent: tuple[Silent, ...]
    fixed: tuple[Fixed, ...]
    started: datetime
    ended: datetime
    by: str
    not_found: tuple[str, ...] = ()
    in_flight: int = 0

    @property
    def differences(self) -> tuple[Difference, ...]:
        """All that was found."""
        return tuple(each.difference for each in self.fixed)

    def graded(self, grade: Grade) -> tuple[Difference, ...]:
        """Those of one grade."""
        return tuple(each for each in self.differences if each.grade is grade)

    @property
    def counts(self) -> Counter[Outcome]:
        """How many came to each outcome."""
        return Counter(each.outcome for each in self.fixed)

    @property
    def summary(self) -> str:
        """One line for people, such as `12 checked, 2 done, 1 waits for a yes; 1 host left out`."""
        out = len({each.host for each in self.silent})
        left_out = f"{out:,} {'host' if out == 1 else 'hosts'} left out"
        if out and not self.answered and not self.fixed:
            return f"nothing compared: {left_out}"
        counts = self.counts
        found = [f"{counts[each]} {each}" for each in Outcome if counts[each]]
        said = ", ".join([f"{self.checked} checked", *(found or ["nothing to repair"])])
        return f"{said}; {left_out}" if out else said

    @property
    def sentence(self) -> str:
        """All of it in lines of text, as the command line prints it."""
        silent = [f"{each.host}: nothing is concluded from it: {each.why}" for each in self.silent]
        missing = [f"{each}: there is no such difference (any more)" for each in self.not_found]
        what = {"vms": "Fix VMs", "drives": "Fix drives"}[self.kind]
        head = f"{what} of {self.realm}: {self.summary}"
        return "\n".join([head, *silent, *map(_line, self.fixed), *missing])


def _line(fixed: Fixed) -> str:
    found = fixed.difference
    said = f"{found.id}  {found.grade:5}  {found.what}: {found.store_says} | {found.libvirt_says}"
    ended = f"{fixed.outcome}: {fixed.reason}" if fixed.reason else fixed.outcome
    return f"{said} | {found.will_do} [{ended}]"
