"""The mouse pointer that the guest draws (the Cursor pseudo-encoding, RFC 6143, 7.8.1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ticrypt_tui.backend.vnc.errors import nonsense
from ticrypt_tui.backend.vnc.framebuffer import Rect
from ticrypt_tui.backend.vnc.limits import CURSOR
from ticrypt_tui.backend.vnc.wire import Wire


@dataclass(frozen=True, slots=True, eq=False)
class Cursor:
    """Which of its pixels points, its width and height, and its picture.

    `rgba` has the shape (height, width, 4), in bytes; an alpha is 0 or 255.
    """

    hotspot: tuple[int, int]
    size: tuple[int, int]
    rgba: NDArray[np.uint8]


async def read_cursor(wire: Wire, rect: Rect) -> Cursor | None:
    """The pointer; none where it has no pixel, as a guest hides it."""
    if rect.width > CURSOR or rect.height > CURSOR:
        raise nonsense(f"a mouse pointer of {rect.width} × {rect.height} pixels")
    row = (rect.width + 7) // 8
    pixels = np.frombuffer(await wire.take(rect.area * 4), np.uint8)
    mask = np.frombuffer(await wire.take(row * rect.height), np.uint8)
    if not rect.area:
        return None
    rgba = pixels.reshape(rect.height, rect.width, 4)[:, :, [2, 1, 0, 3]]
    rgba[:, :, 3] = 255 * np.unpackbits(mask.reshape(rect.height, row), axis=1)[:, : rect.width]
    return Cursor((rect.x, rect.y), (rect.width, rect.height), rgba)
