"""How rectangles of pixels are sent: a decoder of each encoding, and what they share.

A decoder reads one rectangle from the wire and draws it; it raises `ScreenLost` for what its
encoding does not allow. Small rectangles are decoded at once, large ones on a thread, band by band.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

from ticrypt_tui.backend.vnc.errors import nonsense
from ticrypt_tui.backend.vnc.framebuffer import Framebuffer, Pixels, Rect
from ticrypt_tui.backend.vnc.limits import BAND, COMPRESSED, THREADED
from ticrypt_tui.backend.vnc.wire import U32, Wire

Decoder = Callable[[Wire, Rect, Framebuffer], Awaitable[None]]
Bands = Iterator[tuple[Rect, Pixels]]


def is_large(rect: Rect) -> bool:
    return rect.area * 4 > THREADED


def bands_of(rect: Rect) -> Iterator[Rect]:
    """A rectangle from top to bottom, in parts of bounded size."""
    height = max(1, BAND // (max(1, rect.width) * 4))
    for top in range(0, rect.height, height):
        yield Rect(rect.x, rect.y + top, rect.width, min(height, rect.height - top))


async def draw(bands: Bands, rect: Rect, framebuffer: Framebuffer) -> None:
    """Decodes and draws the parts of a rectangle, without holding up the event loop."""
    if not is_large(rect):
        for part, pixels in bands:
            framebuffer.place(part, pixels)
        return
    while (band := await asyncio.to_thread(next, bands, None)) is not None:
        framebuffer.place(*band)


async def compressed(wire: Wire) -> bytearray:
    """What a rectangle's length precedes."""
    length = await wire.number(U32)
    if length > COMPRESSED:
        raise nonsense(f"{length} compressed bytes for one rectangle")
    return await wire.payload(length)
