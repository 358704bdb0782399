"""Re-sync: what host names stand for is asked again, and every host follows the list anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import select

from ticrypt_tui.backend.operations import Call, operation
from ticrypt_tui.backend.services.licensing.resolving import (
    Answer,
    Resolution,
    resolution_of,
    resolved,
)
from ticrypt_tui.backend.services.licensing.states import HostState, applied, effects
from ticrypt_tui.backend.store.tables.data import LicensingServer
from ticrypt_tui.text import shown


@dataclass(frozen=True, slots=True)
class NameState:
    """What became of one host name: `as saved`, `drifted` or `not resolved`, and how."""

    id: str
    name: str
    address: str
    state: str
    detail: str

    def __str__(self) -> str:
        return f"{shown(self.address)}: {self.state}" + (f", {self.detail}" if self.detail else "")


@dataclass(frozen=True, slots=True)
class Resynced:
    """How each host, and each host name, came out of it."""

    hosts: tuple[HostState, ...]
    names: tuple[NameState, ...]

    @property
    def sentence(self) -> str:
        """All of it in words."""
        odd = [str(each) for each in self.names if each.state != "as saved"]
        return ". ".join([effects(self.hosts), *odd]) + "."


@operation(
    "license.resync",
    says="Resolve licensing servers' names again, and have every host of every realm follow the "
    "list anew.",
)
async def resync(call: Call) -> Resynced:
    """Bring every host in line; one that does not answer is named, and holds up no other."""
    names = await _looked_up(call)
    hosts = await applied(call.enclave)
    call.detail["hosts"] = "; ".join(map(str, hosts))
    if names:
        call.detail["names"] = "; ".join(map(str, names))
    return Resynced(hosts, names)


async def _looked_up(call: Call) -> tuple[NameState, ...]:
    """Resolve every host name again, and keep what it stands for beside what it stood for."""
    async with call.enclave.database.read() as session:
        entries = list(await session.exec(select(LicensingServer)))
    answers = await resolved(each.address for each in entries)
    if not answers:
        return ()
    async with call.enclave.change() as session:
        named = [each for each in await session.exec(select(LicensingServer))
                 if each.address in answers]  # fmt: skip
        return tuple(_kept(each, answers) for each in sorted(named, key=lambda one: one.name))


def _kept(entry: LicensingServer, answers: Mapping[str, Answer]) -> NameState:
    answer = answers[entry.address]
    known = resolution_of(entry).again(answer)
    entry.resolved = known.written
    state, detail = _said(known, answer)
    return NameState(entry.id, entry.name, entry.address, state, detail)


def _said(known: Resolution, answer: Answer) -> tuple[str, str]:
    if answer.fault:
        kept = ", ".join(known.latest) or "nothing"
        return "not resolved", f"{answer.fault} Still let through: {kept}"
    return ("drifted", known.drift) if known.drift else ("as saved", ", ".join(known.latest))
