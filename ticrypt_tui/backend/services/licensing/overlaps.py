"""Which entries of licensing servers would be the same, or let the same through."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.services.licensing.addresses import network_of
from ticrypt_tui.backend.services.licensing.damage import ports_of
from ticrypt_tui.backend.services.licensing.rules import Ports, protocols_of, written_ports
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.data import LicensingServer
from ticrypt_tui.text import shown


def refuse_the_same(
    others: Iterable[LicensingServer], address: str, ports: str, protocol: str
) -> None:
    """Refuse a second entry for a port of a server; raises `Refused` naming the first."""
    for other in others:
        if other.address != address or not shared(other, ports, protocol):
            continue
        same = f"{address} has an entry for {_meeting(other, ports)} already: {shown(other.name)}"
        until = other.deactivate_at
        if until is not None and until <= now():
            same += f", which expired on {until.astimezone():%Y-%m-%d}"
        raise Refused(f"{same}.", "Edit that one, or delete it first.", about="address")


def also_let_through(
    others: Iterable[LicensingServer], address: str, ports: str, protocol: str
) -> list[str]:
    """The names of the entries that let a part of this one through, too, by another address."""
    own = network_of(address)
    return [
        other.name
        for other in others
        if own is not None
        and (network := network_of(other.address)) is not None
        and network.version == own.version
        and network.overlaps(own)
        and shared(other, ports, protocol)
    ]


def shared(other: LicensingServer, ports: str, protocol: str) -> bool:
    """Whether an entry is for a port and protocol of these, too."""
    both = set(protocols_of(other.protocol)) & set(protocols_of(protocol))
    return bool(both) and bool(_common(other.ports, ports))


async def read_others(session: AsyncSession, but: str = "") -> list[LicensingServer]:
    """All entries but one, in the session's snapshot."""
    return [each for each in await session.exec(select(LicensingServer)) if each.id != but]


def _meeting(other: LicensingServer, ports: str) -> str:
    common = written_ports(_common(other.ports, ports))
    return f"port{'s' if len(common.split()) > 1 or '-' in common else ''} {common}"


def _common(one: str, other: str) -> Ports:
    """The ports that both have."""
    pairs = ((a, b) for a in ports_of(one) for b in ports_of(other))
    return tuple(
        (max(a[0], b[0]), min(a[1], b[1])) for a, b in pairs if a[0] <= b[1] and b[0] <= a[1]
    )
