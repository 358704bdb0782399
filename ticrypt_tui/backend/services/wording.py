"""How sentences for people list names, count, and tell a moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ticrypt_tui.text import shown

_NAMED = 8


def listed(names: Sequence[str], at_most: int = _NAMED) -> str:
    """Some names, and how many more there are."""
    more = len(names) - at_most
    said = ", ".join(shown(name) for name in names[:at_most])
    return f"{said} and {more} more" if more > 0 else said


def together(names: Sequence[str]) -> str:
    """Some people as a sentence names them: `alice, bob and carol`."""
    if len(names) < 2 or len(names) > _NAMED:
        return listed(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def so_many(count: int, one: str, many: str) -> str:
    """How many of something: `1 VM runs`, `2 VMs run`."""
    return f"{count} {one if count == 1 else many}"


def moment(at: datetime | None, otherwise: str = "") -> str:
    """A time of the store, as the detail panels have it."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else otherwise
