"""How a VM's screen is refused or lost."""

from __future__ import annotations

from ticrypt_tui.backend.errors import Failed, Refused


class ScreenRefused(Refused):
    """A screen that does not let us in, or that we do not trust; no picture was shown."""


class ScreenLost(Failed):
    """A screen whose connection ended, fell silent, or said what no screen may say."""


def nonsense(what: str) -> ScreenLost:
    """The fault of a server that sends `what` it may not."""
    return ScreenLost(f"The VM's screen was closed, because its server sent {what}.")
