"""The picture of a VM's screen, as its server has described it so far."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint32]


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
        self.pixels: Pixels = np.zeros((height, width), np.uint32)

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def whole(self) -> Rect:
        return Rect(0, 0, self.width, self.height)
