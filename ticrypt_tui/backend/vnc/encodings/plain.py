"""Raw (RFC 6143, 7.7.1) and CopyRect (7.7.2)."""

from __future__ import annotations

from dataclasses import replace
from struct import Struct

import numpy as np

from ticrypt_tui.backend.vnc.encodings import bands_of
from ticrypt_tui.backend.vnc.framebuffer import Framebuffer, Pixels, Rect
from ticrypt_tui.backend.vnc.wire import Wire

SOURCE = Struct(">HH")


async def raw(wire: Wire, rect: Rect, framebuffer: Framebuffer) -> None:
    for band in bands_of(rect):
        framebuffer.place(band, pixels_of(await wire.payload(band.area * 4), band))


async def copied(wire: Wire, rect: Rect, framebuffer: Framebuffer) -> None:
    x, y = await wire.fields(SOURCE)
    framebuffer.check(Rect(x, y, rect.width, rect.height))
    bands = list(bands_of(rect))
    for band in bands if y >= rect.y else reversed(bands):  # no row is overwritten before its turn
        framebuffer.copy(replace(band, x=x, y=y + band.y - rect.y), band)


def pixels_of(data: bytes | bytearray, rect: Rect) -> Pixels:
    """Pixels of four bytes each, in the format that we ask for."""
    return np.frombuffer(data, "<u4").reshape(rect.height, rect.width)
