"""Typing on a guest's keyboard, no faster than QEMU passes it on and the guest takes it.

Linux takes whatever comes. A boot loader asks the firmware, which keeps 15 keys and drops the rest;
so no more are under way than the screen's changes say that it has taken.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Protocol

from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.vnc.keyboard.layouts import Layout
from ticrypt_tui.backend.vnc.keyboard.menu import events_of
from ticrypt_tui.backend.vnc.keyboard.strokes import strokes_of

EVENT_SECONDS = 0.012
"""QEMU passes an event on every 10 ms, and drops what comes when 1024 of them wait."""
UNDER_WAY = 8
"""How many strokes go ahead of the screen."""
UNSEEN_SECONDS = 0.7
"""How long the next stroke waits for a change, such as where a password is typed."""
LONGEST_PASTE = 10_000


class Changes(Protocol):
    """The changes of a screen that were seen."""

    count: int

    async def another(self, seconds: float) -> None:
        """Wait until one more is seen, or that long."""


class Keys(Protocol):
    """What takes key events: a session with a screen's server."""

    def keys(self, events: Iterable[tuple[int, int | None, bool]]) -> None:
        """Pass on key events in one go: keysym, scan code, and whether it goes down."""


def strike(keys: Keys, events: Sequence[tuple[int, int, bool]]) -> int:
    """Send key events at once, so that no modifier stays down or is lost; returns how many."""
    keys.keys(events)
    return len(events)


def press(keys: Keys, combination: str) -> None:
    """Press a combination of the menu. Raises `Refused` for one that is not in it."""
    try:
        strike(keys, events_of(combination))
    except KeyError:
        raise Refused(f"There is no key combination {combination}.") from None


async def type_text(keys: Keys, text: str, layout: Layout, changes: Changes) -> str:
    """Type a text, stroke by stroke; returns the characters that the layout cannot make.

    Raises `Refused` for a text that would take minutes, and what `keys` raises.
    """
    if len(text) > LONGEST_PASTE:
        raise Refused(
            f"{len(text)} characters are too many to be typed: {LONGEST_PASTE} at most.",
            "Bring it in as a file.",
        )
    strokes, skipped = strokes_of(text, layout)
    ahead, seen = 0, changes.count
    for stroke in strokes:
        await asyncio.sleep(EVENT_SECONDS * strike(keys, stroke.events))
        if ahead == UNDER_WAY and changes.count == seen:
            await changes.another(UNSEEN_SECONDS)
        ahead, seen = min(max(ahead + 1 - (changes.count - seen), 0), UNDER_WAY), changes.count
    return skipped
