"""What a licensing server's address, ports and protocol may be (domain.md 2.14)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

PROTOCOLS = ("tcp", "udp", "both")
_HIGHEST = 65535

Ports = tuple[tuple[int, int], ...]


def protocols_of(protocol: str) -> tuple[Literal["tcp", "udp"], ...]:
    """The protocols that an entry lets through."""
    if protocol == "both":
        return ("tcp", "udp")
    return ("udp",) if protocol == "udp" else ("tcp",)


def port_ranges(text: str) -> Ports:
    """Ports and ranges with commas between them, sorted and merged: each the first and the last.

    Raises `ValueError` with what was expected.
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


def _port_range(text: str) -> tuple[int, int]:
    words = [word.strip() for word in text.replace("–", "-").split("-")]
    if len(words) > 2 or not all(word.isascii() and word.isdigit() for word in words):
        raise ValueError(f"ports such as 1717 or 27000-27009, with commas between; not “{text}”")
    first, last = int(words[0][:6]), int(words[-1][:6])
    if not 1 <= first <= last <= _HIGHEST:
        raise ValueError(f"ports from 1 to {_HIGHEST}, the lower first; not “{text.strip()}”")
    return first, last
