"""System services: the units that the configuration names, and no other (domain.md 7)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.backend.services.base import Detail, Section, Service
from ticrypt_tui.backend.services.units.effects import effect
from ticrypt_tui.backend.services.units.last_messages import LastMessages
from ticrypt_tui.backend.services.wording import moment
from ticrypt_tui.backend.units.journal import JOURNALCTL, Journal
from ticrypt_tui.backend.units.log_file import LogFile
from ticrypt_tui.backend.units.state import UnitState
from ticrypt_tui.backend.units.systemd import Systemd
from ticrypt_tui.text import decoded, shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

NOT_KNOWN = "not known"
_TAIL = 16 * 1024
_MOMENT = re.compile(r"^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*\s+")
"""What a line of a log file begins with, as libvirt's and most others do."""


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A system service; of one whose state is not known, `why_not` says why.

    `primary` is its own name, which may be another than the one that it is configured by. `since`
    is when its state last changed, `memory` in bytes, `effect` what a restart cuts.
    """

    id: str
    name: str
    primary: str
    state: str
    active: str = ""
    description: str = ""
    since: datetime | None = None
    started: datetime | None = None
    restarts: int | None = None
    memory: int | None = None
    main_pid: int = 0
    ended: str = ""
    says: str = ""
    file: str = ""
    cut_along: tuple[str, ...] = ()
    wanted_by: tuple[str, ...] = ()
    last_message: str = ""
    log_file: str = ""
    effect: str = ""
    why_not: str = ""
    has_journal: bool = True


class SystemServices(Service[UnitRow]):
    """The tab of system services."""

    tab = "services"
    kind = "unit"
    noun = "system service"

    def __init__(self, enclave: Enclave) -> None:
        super().__init__(enclave)
        self.systemd = Systemd(changed=self._tell)
        self.journalctl: Sequence[str] = JOURNALCTL
        self._messages = LastMessages(self._read_message, self._tell)
        self._fault = ""
        self._own_names: dict[str, str] = {}

    async def rows(self) -> tuple[UnitRow, ...]:
        return self._rows(await self._states())

    async def current(self) -> tuple[UnitRow, ...]:
        states = await self._states()
        await self._messages.look(self._named)
        return self._rows(states)

    async def notices(self) -> tuple[str, ...]:
        if not self._fault or not self._named:
            return ()
        files = len(self.enclave.settings.services.logs)
        kept = "Their journals can be read" if not self.systemd.absent else "There is no journal"
        return (f"{self._fault} {kept}; {files} of {len(self._named)} have a log file.",)

    async def detail(self, row: UnitRow) -> Detail:
        return Detail(row.name, (Section("Unit", _facts(row)), Section("A restart", _cuts(row))))

    def journal(self, name: str) -> Journal | None:
        """The journal of a unit by its own name, where this machine has systemd."""
        return None if self.systemd.absent else Journal(name, command=self.journalctl)

    def log_file(self, name: str) -> LogFile | None:
        """The file that the configuration names for a unit."""
        path = self.enclave.settings.services.logs.get(name)
        return LogFile(str(path)) if path else None

    async def close(self) -> None:
        await self._messages.close()
        await self.systemd.close()

    @property
    def _named(self) -> tuple[str, ...]:
        return self.enclave.settings.services.named

    def _tell(self) -> None:
        self.enclave.news.tell(self.tab)

    async def _states(self) -> Mapping[str, UnitState]:
        """The state of every unit by its configured name; none where systemd cannot be asked."""
        self._fault = self.systemd.absent
        if self._fault or not self._named:
            return {}
        try:
            states = {each.asked: each for each in await self.systemd.states(self._named)}
        except TicryptError as error:
            self._fault = error.sentence
            return {}
        self._own_names = {name: state.name for name, state in states.items()}
        return states

    async def _read_message(self, name: str) -> str:
        """The last line of its journal, else of its log file, without its moment; else ''."""
        journal, file = self.journal(self._own_names.get(name, name)), self.log_file(name)
        with suppress(TicryptError):
            said = await journal.newest(1) if journal else ()
            if entries := [each for each in said if each.cursor]:  # not journalctl's own hints
                return entries[-1].message.strip().partition("\n")[0]
            if file:
                line = decoded(await file.last(_TAIL)).strip().rpartition("\n")[2]
                return _MOMENT.sub("", line, count=1)
        return ""

    def _rows(self, states: Mapping[str, UnitState]) -> tuple[UnitRow, ...]:
        return tuple(self._row(name, states.get(name)) for name in self._named)

    def _row(self, name: str, state: UnitState | None) -> UnitRow:
        services = self.enclave.settings.services
        about: dict[str, Any] = {
            "last_message": self._messages.of(name),
            "log_file": str(services.logs.get(name, "")),
            "effect": effect(state.name if state else name),
            "has_journal": not self.systemd.absent,
        }
        if state is None:
            return UnitRow(name, name, name, NOT_KNOWN, why_not=self._fault, **about)
        return UnitRow(
            id=name,
            name=name,
            primary=state.name,
            state=state.words,
            active=state.active if state.load == "loaded" else "",
            description=state.description,
            since=state.since,
            restarts=state.restarts,
            memory=state.memory,
            main_pid=state.main_pid,
            ended=state.ended,
            says=state.says,
            file=state.file,
            started=state.started,
            cut_along=state.cut_along,
            wanted_by=state.wanted_by,
            why_not=_why_not(state, services.units),
            **about,
        )


def _why_not(state: UnitState, allowed: Sequence[str]) -> str:
    """Why a unit is not restarted from here, or ''."""
    if state.asked not in allowed:
        return "It has a log file in [services] logs, but is not among [services] units."
    if state.load == "not-found":
        return f"systemd knows no unit {shown(state.asked)}."
    if state.load != "loaded":
        return f"systemd has not loaded it: it is {shown(state.load)}."
    if state.name not in allowed:
        return (
            f"{shown(state.asked)} is another name of {shown(state.name)}, "
            "which is not among [services] units."
        )
    return ""


def _facts(row: UnitRow) -> tuple[tuple[str, str], ...]:
    facts = (
        ("state", row.state),
        ("since", moment(row.since)),
        ("says", row.says),
        ("last ended", row.ended),
        ("own name", row.primary if row.primary != row.name else ""),
        ("description", row.description),
        ("main PID", str(row.main_pid or "")),
        ("restarts", "" if row.restarts is None else f"{row.restarts} by systemd itself"),
        ("memory", "" if row.memory is None else f"{row.memory / 2**20:.1f} MiB"),
        ("unit file", row.file),
        ("log file", row.log_file),
        ("last message", row.last_message),
    )
    return tuple(fact for fact in facts if fact[1])


def _cuts(row: UnitRow) -> tuple[tuple[str, str], ...]:
    facts = (
        ("not possible", row.why_not),
        ("cuts", row.effect),
        ("restarts along", ", ".join(row.cut_along) or ("nothing" if row.active else "")),
        ("wanted by", ", ".join(row.wanted_by)),
    )
    return tuple(fact for fact in facts if fact[1])
