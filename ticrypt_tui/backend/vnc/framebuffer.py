"""The picture of a VM's screen, as its server has described it so far."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ticrypt_tui.backend.vnc.errors import nonsense
from ticrypt_tui.backend.vnc.limits import FRAMEBUFFER, SIDE

Pixels = NDArray[np.uint32]
COLOUR = np.uint32(0x00FFFFFF)


@dataclass(frozen=True, slots=True)
class Rect:
    """A part of a screen, in pixels from the top left corner."""

    x: int
    y: int
    width: int
    height: int

    @property
    def area(self) -> int:
        return self.width * self.height


class Framebuffer:
    """Pixels as 0x00RRGGBB in rows; they change only on the event loop, while an update is read."""

    def __init__(self, width: int, height: int) -> None:
        self.pixels: Pixels = np.zeros((0, 0), np.uint32)
        self.resize(width, height)

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def whole(self) -> Rect:
        return Rect(0, 0, self.width, self.height)

    def resize(self, width: int, height: int) -> None:
        """Becomes a black picture of another size; raises `ScreenLost` for one that none has."""
        if not (0 < width <= SIDE and 0 < height <= SIDE and width * height * 4 <= FRAMEBUFFER):
            raise nonsense(f"a screen of {width} × {height} pixels")
        self.pixels = np.zeros((height, width), np.uint32)

    def check(self, rect: Rect) -> None:
        """Raises `ScreenLost` for a rectangle that is not inside."""
        if rect.x + rect.width > self.width or rect.y + rect.height > self.height:
            raise nonsense("a rectangle beyond the edge of the screen")

    def place(self, rect: Rect, pixels: Pixels) -> None:
        """Draws a picture; what a pixel's fourth byte holds is nobody's business."""
        np.bitwise_and(pixels, COLOUR, out=self._at(rect))

    def fill(self, rect: Rect, colour: int) -> None:
        self._at(rect)[...] = colour & COLOUR

    def copy(self, source: Rect, rect: Rect) -> None:
        """Draws what is at `source`, which may overlap with where it goes, on the same rows."""
        np.copyto(self._at(rect), self._at(source))

    def _at(self, rect: Rect) -> Pixels:
        return self.pixels[rect.y : rect.y + rect.height, rect.x : rect.x + rect.width]
