"""Long work on the event loop gives way to keys: it goes on when the key's frame was painted.

On its way a key waits in several queues, each of which lets every other task go first. A slice of
long work in each of them would be seen as a key that hangs.
"""

from __future__ import annotations

import asyncio
from time import monotonic

LONGEST = 0.05
"""Seconds that work waits at most; not every key has a frame. Then it has as long for itself."""
_LOOKS_APART = 0.004


class _Keys:
    """Until when work waits, and from when on it may be asked to wait again."""

    waited_for_until = 0.0
    spared_until = 0.0


def key_pressed() -> None:
    """A key has come, for which work that can wait will wait."""
    now = monotonic()
    if now >= _Keys.spared_until:
        _Keys.waited_for_until, _Keys.spared_until = now + LONGEST, now + 2 * LONGEST


def key_awaited() -> bool:
    """Whether a key is on its way."""
    return monotonic() < _Keys.waited_for_until


def painted() -> None:
    """A frame was painted: nothing waits for a key any more."""
    _Keys.waited_for_until = _Keys.spared_until = 0.0


async def give_way() -> None:
    """Let everything else have its turn; while a key is on its way, wait until it has arrived."""
    await asyncio.sleep(0)
    while key_awaited():  # noqa: ASYNC110 - a key is not worth an event
        await asyncio.sleep(_LOOKS_APART)
