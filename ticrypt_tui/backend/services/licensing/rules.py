"""What a licensing server's ports, group and dates may be (domain.md 2.14)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.policy.merging import joined
from ticrypt_tui.backend.services.checks import LONGEST_NAME
from ticrypt_tui.backend.services.licensing.addresses import canonical
from ticrypt_tui.backend.store.tables.columns import now
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
    return joined(map(_port_range, text.split(",")))


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
