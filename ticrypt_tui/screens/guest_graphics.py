"""Asking the terminal whether it can show pictures as such."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ticrypt_tui.widgets.guest_graphics import QUESTION, Graphics, passes_pictures, understood

if TYPE_CHECKING:
    from textual.app import App

    from ticrypt_tui.screens.console import Console

PATIENCE = 10.0
"""Seconds within which a terminal, however far away, has told where its cursor is."""
UNMOVED = [(0, 0), (0, 0)]


async def graphics_of(app: App[Any], console: Console) -> list[Graphics]:
    """What the terminal has, the best first; nothing where it does not answer, or cannot."""
    if app.is_headless or app._driver is None or not passes_pictures():
        return []
    places: asyncio.Queue[tuple[int, int]] = asyncio.Queue()
    console.cursor_told = lambda column, row: places.put_nowait((column, row))
    app._driver.write(QUESTION)
    found: list[tuple[int, int]] = []
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while len(found) < 2:
                found.append(await places.get())
    if found != UNMOVED:  # something may have been written that nobody meant to
        app.screen.refresh()
    return understood(found)
