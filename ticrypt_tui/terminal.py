"""Whether the console can be drawn on the terminal that it was started on."""

from __future__ import annotations

import os
import sys

NO_TERMINAL = (
    "The console needs a terminal, and there is none here. To check every part of the demo without "
    "one: ticrypt-tui demo --check. To see a tab: ticrypt-tui list running."
)
DUMB = (
    "The console cannot draw on this terminal: TERM says dumb. Set TERM to what it is, such as "
    "xterm-256color; without one, ticrypt-tui demo --check checks every part of the demo."
)


def terminal_fault() -> str:
    """Why a console cannot be drawn here, or ''."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return NO_TERMINAL
    return DUMB if os.environ.get("TERM", "dumb") == "dumb" else ""
