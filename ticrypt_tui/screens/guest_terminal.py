"""What the screens need of a VM's serial console: its lines, and its keyboard.

Whatever a guest prints is foreign text; it has been masked, and each line has as many cells as it
says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol


class Run(Protocol):
    """Characters that look the same; colours are 0xRRGGBB, or -1 for the terminal's own."""

    @property
    def text(self) -> str: ...
    @property
    def foreground(self) -> int: ...
    @property
    def background(self) -> int: ...
    @property
    def bold(self) -> bool: ...
    @property
    def italic(self) -> bool: ...
    @property
    def underline(self) -> bool: ...
    @property
    def struck(self) -> bool: ...
    @property
    def reversed(self) -> bool: ...


class GuestTerminal(Protocol):
    """One VM's serial console that is open, until it is closed.

    Lines have numbers since the beginning: from `first`, the oldest that is kept, to the last of
    the screen, which begins at `top`.
    """

    @property
    def title(self) -> str:
        """What the VM is called."""

    @property
    def notice(self) -> str:
        """Why it has ended; or ''."""

    @property
    def ended(self) -> bool:
        """Whether nothing comes any more: what was there last stays readable."""

    @property
    def view_only(self) -> bool: ...
    @property
    def received(self) -> int:
        """How many bytes were shown since it was opened."""

    @property
    def left_out(self) -> int:
        """How many bytes came too fast to be shown."""

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows, of which the guest knows nothing."""

    @property
    def first(self) -> int: ...
    @property
    def top(self) -> int: ...
    @property
    def cursor(self) -> tuple[int, int] | None:
        """The line's number and the column; None where there is none to be seen."""

    def row(self, number: int) -> Sequence[Run]:
        """A line, without the blanks at its end."""

    def resize(self, columns: int, rows: int) -> None:
        """Have another size."""

    def subscribe(self, told: Callable[[], None]) -> Callable[[], None]:
        """Have `told` called on the event loop after every change; what is given back ends that."""

    def key(self, key: str, character: str | None) -> bool:
        """Type a key as Textual names it; whether a terminal has such a key."""

    def paste(self, text: str) -> None:
        """Type a text. Raises TicryptError where it cannot be."""

    def tell_size(self) -> None:
        """Type the command that tells a shell the size. Raises TicryptError."""

    async def set_view_only(self, on: bool) -> None:
        """Let keys through, or not. Raises TicryptError."""

    async def close(self) -> None:
        """End it, so that another may open it."""
