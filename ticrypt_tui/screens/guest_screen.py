"""What the screens need of a VM's screen: its pixels, its text where it shows text, and its keys.

Whatever a guest shows or names itself is foreign text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Rect(Protocol):
    """A part of the guest's screen, in its pixels."""

    @property
    def x(self) -> int: ...
    @property
    def y(self) -> int: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...


class Cell(Protocol):
    """One character of a text screen; '' where a picture is. Colours are 0xRRGGBB."""

    @property
    def character(self) -> str: ...
    @property
    def foreground(self) -> int: ...
    @property
    def background(self) -> int: ...


class TextScreen(Protocol):
    """A screen read as text: its rows of cells, where in the picture they are, and the cursor.

    Sizes and places are in pixels, the `cursor` is a row and a column, and `recognised` is the
    share of cells that are characters.
    """

    @property
    def rows(self) -> Sequence[Sequence[Cell]]: ...
    @property
    def cell_width(self) -> int: ...
    @property
    def cell_height(self) -> int: ...
    @property
    def left(self) -> int: ...
    @property
    def top(self) -> int: ...
    @property
    def font(self) -> str: ...
    @property
    def cursor(self) -> tuple[int, int] | None: ...
    @property
    def recognised(self) -> float: ...


class GuestScreen(Protocol):
    """One VM's screen that is open, until it is closed."""

    @property
    def title(self) -> str:
        """What the VM is called."""

    @property
    def vm_id(self) -> str: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def pixels(self) -> NDArray[np.uint32]:
        """The picture as it is now, (height, width) of 0x00RRGGBB; to be read, not kept."""

    @property
    def text(self) -> TextScreen | None:
        """The picture read as text; None where it is no text screen."""

    @property
    def notice(self) -> str:
        """What must be known of it: why nothing comes, rebooted, powered off, taken over; or ''."""

    @property
    def awaited(self) -> bool:
        """Whether its first picture has still to come."""

    @property
    def ended(self) -> bool:
        """Whether nothing comes any more: what was there last stays readable."""

    @property
    def view_only(self) -> bool: ...
    @property
    def layouts(self) -> Sequence[str]: ...
    @property
    def layout(self) -> str:
        """The keyboard layout that the guest is taken to have; may be set to one of `layouts`."""

    @layout.setter
    def layout(self, name: str) -> None: ...
    @property
    def menu(self) -> Sequence[str]:
        """The combinations that `press` knows, such as Ctrl-Alt-Del."""

    def subscribe(self, told: Callable[[Sequence[Rect]], None]) -> Callable[[], None]:
        """Have `told` called on the event loop with what changed; with nothing where only a notice,
        the mode or the like did. What is given back ends that."""

    def watch(self, visible: bool) -> None:
        """Ask for pictures, or for nothing while nobody looks."""

    def key(self, key: str, character: str | None) -> bool:
        """Press a key as Textual names it; whether the layout can make it."""

    def pointer(self, x: int, y: int, buttons: int) -> None:
        """Move the pointer to a pixel; bits of `buttons`: left, middle, right, wheel up, down."""

    async def press(self, combination: str) -> None:
        """Press a combination of `menu`. Raises TicryptError where it may not be."""

    async def paste(self, text: str) -> str:
        """Type a text; what of it could not be typed. Raises TicryptError."""

    async def set_view_only(self, on: bool) -> None:
        """Let keys and the pointer through, or not. Raises TicryptError."""

    async def close(self) -> None:
        """End it."""
