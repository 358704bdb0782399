"""What a licensing server's entry may be, and which two would be the same (domain.md 2.14)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.services.checks import LONGEST_NAME
from ticrypt_tui.backend.services.license_addresses import canonical, network_of
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.data import LicensingServer
from ticrypt_tui.text import shown

PROTOCOLS = ("tcp", "udp", "both")
MOST_AT_ONCE = 100
"""Servers that are made at once, at most."""
LATEST = timedelta(days=36500)
_HIGHEST = 65535
_MOST_RANGES = 60

Ports = tuple[tuple[int, int], ...]


def protocols_of(protocol: str) -> tuple[Literal["tcp", "udp"], ...]:
    """The protocols that an entry lets through."""
    if protocol == "both":
        return ("tcp", "udp")
    return ("udp",) if protocol == "udp" else ("tcp",)


def port_ranges(text: str) -> Ports:
    """Ports and ranges with commas between them, sorted and merged: each the first and the last.

    Raises `ValueError` with what is wrong.
    """
    return merged(map(_port_range, text.split(",")))


def merged(ranges: Iterable[tuple[int, int]]) -> Ports:
    """The same ports in as few ranges as can be, in their order."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return tuple(found)


def written_ports(ranges: Iterable[tuple[int, int]]) -> str:
    """Port ranges as they are kept and shown: `1717, 27000-27009`."""
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)


def moment_of(text: str) -> datetime:
    """A moment in ISO 8601, in local time if unsaid; a day is the moment at which it begins.

    Raises `ValueError` with what was expected.
    """
    try:
        return datetime.fromisoformat(text.strip()).astimezone()
    except (ValueError, OverflowError):
        expected = "a day such as 2027-01-31, or a moment such as 2027-01-31 18:00"
        raise ValueError(f"Expected {expected}; not “{shown(text[:100])}”.") from None


def proper_addresses(caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
    """Each address is one that may be let through, and given once."""
    given = arguments.get("address", ())
    texts = [given] if isinstance(given, str) else list(given)
    if len(texts) > MOST_AT_ONCE:
        return f"{len(texts)} servers are too many at once: {MOST_AT_ONCE} at most."
    try:
        every = [canonical(text) for text in texts]
    except ValueError as error:
        return str(error)
    twice = next((each for each in every if every.count(each) > 1), "")
    return f"{twice} is given twice." if twice else ""


def proper_ports(caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
    """Ports are 1 to 65535, in no more ranges than a filter takes."""
    try:
        ranges = port_ranges(arguments.get("ports", "1"))
    except ValueError as error:
        return str(error)
    if len(ranges) > _MOST_RANGES:
        return f"{len(ranges)} ranges of ports are too many: {_MOST_RANGES} at most."
    return ""


def proper_group(caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
    """A group is a word or a few, to sort and filter by."""
    group = arguments.get("group") or ""
    if group.isprintable() and group == group.strip() and len(group) <= LONGEST_NAME:
        return ""
    return f"A group has at most {LONGEST_NAME} printable characters and no space at its ends."


def proper_deactivation(caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
    """A deactivation is still to come."""
    text = arguments.get("deactivate_at")
    if not text:
        return ""
    try:
        at = moment_of(text)
    except ValueError as error:
        return str(error)
    if at <= now():
        return f"{at:%Y-%m-%d %H:%M} is past. To stop it now, delete the entry."
    if at - now() > LATEST:
        return f"{at:%Y-%m-%d} is too far off. Leave it empty for an entry that stays."
    return ""


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
    pairs = ((a, b) for a in port_ranges(one) for b in port_ranges(other))
    return tuple(
        (max(a[0], b[0]), min(a[1], b[1])) for a, b in pairs if a[0] <= b[1] and b[0] <= a[1]
    )


def _port_range(text: str) -> tuple[int, int]:
    words = [word.strip() for word in text.replace("–", "-").split("-")]
    if len(words) > 2 or not all(word.isascii() and word.isdigit() for word in words):
        said = shown(text.strip()[:40])
        raise ValueError(f"Expected ports such as 1717 or 27000-27009, not “{said}”.")
    first, last = (int(word[:6]) for word in (words[0], words[-1]))
    if not 1 <= first <= last <= _HIGHEST:
        said = shown(text.strip()[:40])
        raise ValueError(f"Ports are 1 to {_HIGHEST}, a range the lower first; “{said}” is not.")
    return first, last
