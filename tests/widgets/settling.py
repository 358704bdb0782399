"""Waiting until a log has painted what it was given, which it does a few times a second."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot

from ticrypt_tui.widgets.line_view import LineView


async def settled(pilot: Pilot[Any], view: LineView) -> None:
    """Wait until everything that a log was given is painted."""
    while view._due is not None:
        await pilot.pause(0.02)
    await pilot.pause()
