"""What systemd says of one unit at one moment."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_UNSET = 2**64 - 1
_KILLED, _DUMPED = 2, 3  # CLD_KILLED, CLD_DUMPED of siginfo_t
CUT_ALONG = ("RequiredBy", "RequisiteOf", "BoundBy", "ConsistsOf")
"""The dependencies by which systemd restarts or stops others along with a unit."""


@dataclass(frozen=True, slots=True)
class UnitState:
    """A unit as systemd has it; `asked` is the name by which it was asked for, `name` its own.

    `since` is when the state last changed, `started` when it last became active, `memory` is in
    bytes; None where systemd keeps no such figure. `restarts` are those that systemd made itself.
    """

    asked: str
    name: str
    description: str = ""
    load: str = "loaded"
    active: str = "inactive"
    sub: str = "dead"
    since: datetime | None = None
    started: datetime | None = None
    restarts: int | None = None
    memory: int | None = None
    main_pid: int = 0
    kind: str = ""
    result: str = ""
    ended: str = ""
    says: str = ""
    file: str = ""
    cut_along: tuple[str, ...] = ()
    wanted_by: tuple[str, ...] = ()

    @property
    def is_up(self) -> bool:
        """Whether it does its work, or has begun to."""
        return self.active in ("active", "activating", "reloading")

    @property
    def words(self) -> str:
        """Its state in systemd's words: `active (running)`, or why it has none."""
        return f"{self.active} ({self.sub})" if self.load == "loaded" else self.load


def unit_state(
    asked: str, listed: list[Any], unit: Mapping[str, Any], own: Mapping[str, Any]
) -> UnitState:
    """The state from a line of ListUnitsByNames and the properties of the unit and of its type."""
    name, description, load, active, sub, *_ = listed
    return UnitState(
        asked=asked,
        name=name,
        description=description,
        load=load,
        active=active,
        sub=sub,
        since=_moment(unit.get("StateChangeTimestamp", 0)),
        started=_moment(unit.get("ActiveEnterTimestamp", 0)),
        restarts=own.get("NRestarts"),
        memory=_known(own.get("MemoryCurrent", _UNSET)),
        main_pid=own.get("MainPID", 0),
        kind=own.get("Type", ""),
        result=own.get("Result", ""),
        ended=_ended(own.get("ExecMainCode", 0), own.get("ExecMainStatus", 0)),
        says=own.get("StatusText", ""),
        file=unit.get("FragmentPath", ""),
        cut_along=tuple(sorted({other for way in CUT_ALONG for other in unit.get(way, ())})),
        wanted_by=tuple(sorted(unit.get("WantedBy", ()))),
    )


def _moment(microseconds: int) -> datetime | None:
    return datetime.fromtimestamp(microseconds / 1e6, UTC) if microseconds else None


def _known(amount: int) -> int | None:
    return None if amount == _UNSET else amount


def _ended(code: int, status: int) -> str:
    """How the main process ended, as wait(2) tells it; '' of one that runs or never ran."""
    if not code:
        return ""
    if code not in (_KILLED, _DUMPED):
        return f"exit code {status}"
    try:
        return f"killed by {signal.Signals(status).name}"
    except ValueError:
        return f"killed by signal {status}"
