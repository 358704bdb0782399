"""Reads the characters in the picture of a text screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ticrypt_tui.backend.vnc.framebuffer import Rect


@dataclass(frozen=True, slots=True)
class Cell:
    """One character with its colours, 0xRRGGBB; no character ('') means that a picture is there."""

    character: str
    foreground: int
    background: int


@dataclass(frozen=True, slots=True)
class TextScreen:
    """The characters of a screen, and where on the picture they are, in pixels.

    `cursor` is the row and column of the text cursor, if it is seen; `recognised` is the share of
    the cells that were read.
    """

    rows: tuple[tuple[Cell, ...], ...]
    cell_width: int
    cell_height: int
    left: int
    top: int
    font: str
    cursor: tuple[int, int] | None
    recognised: float

    def lines(self) -> list[str]:
        """The text, line by line, without the blanks at the ends; a blank for what is no text."""
        return ["".join(cell.character or " " for cell in row).rstrip() for row in self.rows]


class Reader:
    """Reads one screen again and again: what it knows of the last picture makes the next quick."""

    def read(self, pixels: NDArray[np.uint32], changed: Sequence[Rect]) -> TextScreen | None:
        """The text of a picture, pixels 0x00RRGGBB, of which only `changed` is new.

        None says that this is a picture, and no text screen.
        """
        raise NotImplementedError
