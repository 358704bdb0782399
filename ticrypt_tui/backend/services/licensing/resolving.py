"""What a licensing server's host name stands for: asked at save and at re-sync, never in a rule."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from ticrypt_tui.backend.errors import Refused, TicryptError
from ticrypt_tui.backend.lane import Lane
from ticrypt_tui.backend.services.licensing.addresses import canonical, forbidden, network_of
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.data import LicensingServer
from ticrypt_tui.text import shown

RESOLVED_WITHIN = 10.0
"""Seconds that a name may take to resolve."""
_AT_ONCE = 8
_MOST = 64
"""Addresses that one name may stand for."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a host name stood for: when it was saved, and at the last re-sync, which is let through.

    `fault` is why it did not resolve then; what it stood for before is still let through.
    """

    saved: tuple[str, ...] = ()
    latest: tuple[str, ...] = ()
    at: datetime | None = None
    fault: str = ""

    @property
    def drift(self) -> str:
        """How what is let through differs from what was saved, or ''."""
        came, gone = set(self.latest) - set(self.saved), set(self.saved) - set(self.latest)
        said = [f"{_several(came)} came"] if came else []
        return ", ".join([*said, *([f"{_several(gone)} went"] if gone else [])])

    @property
    def written(self) -> str:
        """As it is kept in the store."""
        at = self.at.isoformat() if self.at else ""
        kept = {"saved": self.saved, "latest": self.latest, "at": at, "fault": self.fault}
        return json.dumps(kept)

    def again(self, answer: Answer) -> Resolution:
        """The same after another look."""
        if answer.fault:
            return Resolution(self.saved, self.latest, self.at, answer.fault)
        return Resolution(self.saved, answer.addresses, now())


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered for one name: addresses, or why there are none."""

    addresses: tuple[str, ...] = ()
    fault: str = ""


NEVER = Resolution()
"""Of what is no host name, and so never resolved."""


def resolution_of(server: LicensingServer) -> Resolution:
    """What an entry's host name stood for; `NEVER` where its address is none, or cannot be read."""
    if not server.resolved:
        return NEVER
    try:
        kept = json.loads(server.resolved)
        at = datetime.fromisoformat(kept["at"]).astimezone(UTC) if kept["at"] else None
        saved, latest = (tuple(map(_kept_address, kept[key])) for key in ("saved", "latest"))
        return Resolution(saved, latest, at, str(kept["fault"]))
    except (ValueError, TypeError, KeyError):
        return NEVER


def unread(server: LicensingServer) -> bool:
    """Whether something is kept of what an entry's host name stood for that cannot be read."""
    return bool(server.resolved) and resolution_of(server) is NEVER


def addresses_of(server: LicensingServer) -> tuple[str, ...]:
    """The addresses and networks that an entry lets through, canonical; of a host name, those that
    it was resolved to last: none where it never was."""
    if network_of(server.address) is not None:
        return (server.address,)
    return resolution_of(server).latest


async def resolved(addresses: Iterable[str]) -> dict[str, Answer]:
    """What each of the canonical addresses that is a host name stands for, asked side by side."""
    names = sorted({each for each in addresses if network_of(each) is None})
    lane = Lane("The resolver", at_once=_AT_ONCE, may_hang=len(names) + 1)
    answers = await asyncio.gather(*(_asked(lane, name) for name in names))
    return dict(zip(names, answers, strict=True))


async def answered(addresses: Sequence[str]) -> Mapping[str, Answer]:
    """What the host names stand for; raises `Refused` where one of them stands for nothing."""
    answers = await resolved(addresses)
    if faults := [each.fault for each in answers.values() if each.fault]:
        raise Refused(faults[0], about="address")
    return answers


async def _asked(lane: Lane, name: str) -> Answer:
    try:
        found = await lane.run(partial(_addresses, name), RESOLVED_WITHIN, f"resolve {name}")
    except TicryptError as error:
        return Answer(fault=f"{name} was not resolved: {error.sentence}")
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        return Answer(fault=f"{name} does not resolve: {shown(why)}. {_HELP}")
    return _accepted(name, found)


_HELP = "Is it spelt right, and does this machine's resolver know it? Else give its address."


def _addresses(name: str) -> list[str]:
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return sorted({str(where[0]) for *_, where in found})


def _accepted(name: str, found: Iterable[str]) -> Answer:
    """The addresses in their one spelling, if each may be let through."""
    addresses: set[str] = set()
    for each in found:
        try:
            addresses.add(canonical(each))
        except ValueError as error:
            return Answer(fault=f"{name} resolves to {shown(each)}, which is refused: {error}")
    if len(addresses) > _MOST:
        return Answer(fault=f"{name} resolves to {len(addresses)} addresses; {_MOST} at most.")
    return Answer(tuple(sorted(addresses)))


def _kept_address(address: object) -> str:
    """An address as the store has it; raises `ValueError` for what may be none."""
    network = network_of(str(address))
    if network is None or forbidden(network):
        raise ValueError(f"{address} is no address.")
    return str(address)


def _several(addresses: set[str]) -> str:
    return " and ".join(sorted(addresses))
