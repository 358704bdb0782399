"""Pixels that are sent as places in a palette."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ticrypt_tui.backend.vnc.errors import nonsense
from ticrypt_tui.backend.vnc.framebuffer import Pixels

Places = NDArray[np.uint8]


def unpacked(data: bytes, height: int, width: int, bits: int) -> Places:
    """Numbers of so many bits each, the first in the highest bits; a row begins a byte."""
    rows = np.frombuffer(data, np.uint8).reshape(height, -1)
    if bits == 1:
        return np.unpackbits(rows, axis=1)[:, :width]
    shifts = np.arange(8 - bits, -1, -bits, dtype=np.uint8)
    numbers = (rows[:, :, None] >> shifts) & np.uint8((1 << bits) - 1)
    return numbers.reshape(height, -1)[:, :width]


def chosen(palette: Pixels, places: Places) -> Pixels:
    """The colours that are meant; raises `ScreenLost` where there is none."""
    if places.size and int(places.max()) >= len(palette):
        raise nonsense("a colour that is not in its palette")
    return palette[places]
