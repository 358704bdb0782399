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

    `answered` names the hosts that were read in full. `not_found` are accepted IDs that are not,
    or not any more, in the plan. `by` is the caller's login, or `the periodic sync`.
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
