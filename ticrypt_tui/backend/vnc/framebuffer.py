"""The picture that a VM's screen shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Rect:
    """A part of a picture, in pixels."""

    x: int
    y: int
    width: int
    height: int


class Framebuffer:
    """The pixels, 0x00RRGGBB by row and column; changed only between reads."""

    width: int
    height: int
    pixels: NDArray[np.uint32]
