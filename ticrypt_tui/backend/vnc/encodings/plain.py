"""Raw (RFC 6143, 7.7.1) and CopyRect (7.7.2)."""

from __future__ import annotations

from struct import Struct

import numpy as np

from ticrypt_tui.backend.vnc.encodings import bands_of
from ticrypt_tui.backend.vnc.framebuffer import Framebuffer, Pixels, Rect
from ticrypt_tui.backend.vnc.wire import Wire

SOURCE = Struct(">HH")


async def raw(wire: Wire, rect: Rect, framebuffer: Framebuffer) -> None:
    for band in bands_of(rect):
        framebuffer.place(band, pixels_of(await wire.take(band.area * 4), band))


async def copied(wire: Wire, rect: Rect, framebuffer: Framebuffer) -> None:
    x, y = await wire.fields(SOURCE)
    source = Rect(x, y, rect.width, rect.height)
    framebuffer.check(source)
    framebuffer.copy(source, rect)


def pixels_of(data: bytes, rect: Rect) -> Pixels:
    """Pixels of four bytes each, in the format that we ask for."""
    return np.frombuffer(data, "<u4").reshape(rect.height, rect.width)
