"""Rounds of Fix VMs and Fix drives for what is on screen alone, at a fixed time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ticrypt_tui.backend.services.fixing.result import Fixed, FixResult, Outcome, Silent
from ticrypt_tui.backend.services.realms.realms import LastRound
from ticrypt_tui.backend.sync.differences import Difference, Grade, Kind

NOW = datetime(2026, 11, 21, 14, 5, 31, tzinfo=UTC)
LAST_VMS = LastRound(
    NOW - timedelta(minutes=31), NOW - timedelta(minutes=31, seconds=-1.4), "root",
    "2 checked, nothing differs",
)  # fmt: skip
LAST_DRIVES = LastRound(
    NOW - timedelta(hours=26), NOW - timedelta(hours=26, seconds=-0.3), "the periodic sync",
    "9 checked, 1 done, 1 waits for a yes",
)  # fmt: skip


def differences() -> tuple[Difference, ...]:
    """Those of the sketch, and one more that needs a yes; not in the order of their grades."""
    return (
        Difference(Kind.VM_LOST, "vm-old", "vm-old", "running", "gone, no event seen",
                   "mark lost", Grade.ASK),
        Difference(Kind.VM_ENDED, "vm-tiny3", "tiny-3", "running", "gone since 13:58:02",
                   'to past VMs, "powered off by guest"', Grade.SAFE),
        Difference(Kind.VM_MOVED, "vm-genome7", "genome-7", "on node01", "on node03",
                   "host node03", Grade.SAFE, "host-03"),
        Difference(Kind.VM_UNKNOWN, "f1d1a1f0", "unknown-1", "", "runs on node11",
                   "leave alone (never adopted)", Grade.NEVER, "host-11"),
        Difference(Kind.VM_RUNS_ON, "vm-late", "late-2", "past, forced off", "runs on node03",
                   "say that it runs again", Grade.ASK, "host-03"),
    )  # fmt: skip


def plan() -> FixResult:
    """What a dry run of Fix VMs finds."""
    return FixResult(
        realm="local", kind="vms", dry_run=True, checked=12,
        answered=("node01", "node03", "node11"),
        silent=(Silent("node05", "disabled"),),
        fixed=tuple(Fixed(each, Outcome.PLANNED) for each in differences()),
        started=NOW, ended=NOW + timedelta(seconds=1.4), by="root",
    )  # fmt: skip


def fix_vms(arguments: Mapping[str, Any]) -> FixResult:
    """What `realm.fix_vms` gives: one of the safe ones fails."""
    if arguments.get("dry_run"):
        return plan()
    accepted = arguments.get("accept", ())
    return replace(
        plan(), dry_run=False, fixed=tuple(_fixed(each, accepted) for each in differences())
    )


def _fixed(difference: Difference, accepted: Any) -> Fixed:
    if difference.grade is Grade.NEVER:
        return Fixed(difference, Outcome.LEFT_ALONE)
    if difference.grade is Grade.ASK and difference.id not in accepted:
        return Fixed(difference, Outcome.NOT_ACCEPTED)
    if difference.what == "genome-7":
        return Fixed(difference, Outcome.FAILED, "Host node03 has no room for 16 cores.")
    return Fixed(difference, Outcome.DONE)


def fix_drives(arguments: Mapping[str, Any]) -> FixResult:
    """What `realm.fix_drives` gives: nothing differs."""
    return replace(plan(), kind="drives", checked=9, silent=(), fixed=(),
                   dry_run=bool(arguments.get("dry_run")))  # fmt: skip
