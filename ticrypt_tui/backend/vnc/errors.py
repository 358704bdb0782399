"""How a VM's screen is refused or lost."""

from __future__ import annotations

from collections.abc import Collection

from ticrypt_tui.backend.errors import Failed, Refused


class ScreenRefused(Refused):
    """A screen that does not let us in, or that we do not trust; no picture was shown.

    `asks` are the security types that its server offers, where it is refused for want of another.
    """

    def __init__(self, sentence: str, remedy: str = "", *, asks: Collection[int] = ()) -> None:
        super().__init__(sentence, remedy)
        self.asks = frozenset(asks)


class ScreenLost(Failed):
    """A screen whose connection ended, fell silent, or said what no screen may say."""


def nonsense(what: str) -> ScreenLost:
    """The fault of a server that sends `what` it may not."""
    return ScreenLost(f"The VM's screen was closed, because its server sent {what}.")
