"""Zlib: raw pixels, compressed (rfbproto, 7.7.9)."""

from __future__ import annotations

from ticrypt_tui.backend.vnc.encodings import Bands, bands_of, compressed, draw
from ticrypt_tui.backend.vnc.encodings.inflating import Stream
from ticrypt_tui.backend.vnc.encodings.plain import pixels_of
from ticrypt_tui.backend.vnc.framebuffer import Framebuffer, Rect
from ticrypt_tui.backend.vnc.wire import Wire


class Zlib:
    """The decoder of one session."""

    def __init__(self) -> None:
        self._stream = Stream()

    async def read(self, wire: Wire, rect: Rect, framebuffer: Framebuffer) -> None:
        self._stream.feed(await compressed(wire))
        await draw(self._bands(rect), rect, framebuffer)

    def _bands(self, rect: Rect) -> Bands:
        for band in bands_of(rect):
            yield band, pixels_of(self._stream.take(band.area * 4), band)
        self._stream.end()
