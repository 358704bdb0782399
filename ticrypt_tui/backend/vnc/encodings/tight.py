"""Tight: one colour, a palette, or three bytes a pixel, compressed (rfbproto, 7.7.6).

Lossless only: no JPEG is asked for, and QEMU's gradients belong to its lossy ones.
"""

from __future__ import annotations

import numpy as np

from ticrypt_tui.backend.vnc.encodings import Bands, bands_of, draw
from ticrypt_tui.backend.vnc.encodings.inflating import Stream
from ticrypt_tui.backend.vnc.encodings.palettes import chosen, unpacked
from ticrypt_tui.backend.vnc.errors import nonsense
from ticrypt_tui.backend.vnc.framebuffer import Framebuffer, Pixels, Rect
from ticrypt_tui.backend.vnc.wire import U8, Wire

STREAMS = 4
FILL, NOT_BASIC, FILTERED = 0b1000, 0b1000, 0b0100
COPY, PALETTE = 0, 1
UNCOMPRESSED = 12  # bytes; fewer are sent as they are


class Tight:
    """The decoder of one session."""

    def __init__(self) -> None:
        self._streams = [Stream() for _ in range(STREAMS)]

    async def read(self, wire: Wire, rect: Rect, framebuffer: Framebuffer) -> None:
        control = await wire.number(U8)
        for number in range(STREAMS):
            if control & 1 << number:
                self._streams[number] = Stream()
        kind = control >> 4
        if kind == FILL:
            framebuffer.fill(rect, int(colours(await wire.take(3))[0]))
        elif kind & NOT_BASIC:
            raise nonsense(f"a Tight rectangle of unknown kind {kind}")
        else:
            await self._basic(kind, wire, rect, framebuffer)

    async def _basic(self, kind: int, wire: Wire, rect: Rect, framebuffer: Framebuffer) -> None:
        palette = await _palette(wire) if kind & FILTERED else None
        row = _row(rect, palette)
        if row * rect.height < UNCOMPRESSED:
            plain = await wire.take(row * rect.height)
            if rect.area:
                framebuffer.place(rect, _drawn(plain, rect, palette))
            return
        stream = self._streams[kind & 3]
        stream.feed(await _compressed(wire))
        await draw(_bands(stream, rect, palette), rect, framebuffer)


def colours(data: bytes) -> Pixels:
    """Three bytes a pixel, red first."""
    pixels = np.zeros((len(data) // 3, 4), np.uint8)
    pixels[:, 2::-1] = np.frombuffer(data, np.uint8).reshape(-1, 3)
    return pixels.view("<u4").reshape(-1)


async def _palette(wire: Wire) -> Pixels | None:
    how = await wire.number(U8)
    if how == COPY:
        return None
    if how != PALETTE:
        raise nonsense(f"a Tight rectangle with the unknown filter {how}")
    return colours(await wire.take(3 * (1 + await wire.number(U8))))


async def _compressed(wire: Wire) -> bytearray:
    """What a length precedes, whose one to three bytes have 7, 7 and 8 bits of it: under 4 MiB."""
    length = 0
    for shift in (0, 7, 14):
        byte = await wire.number(U8)
        length |= (byte if shift == 14 else byte & 0x7F) << shift
        if byte < 0x80:
            break
    return await wire.payload(length)


def _row(rect: Rect, palette: Pixels | None) -> int:
    """The bytes of one row of pixels."""
    if palette is None:
        return rect.width * 3
    return (rect.width + 7) // 8 if len(palette) <= 2 else rect.width


def _bands(stream: Stream, rect: Rect, palette: Pixels | None) -> Bands:
    for band in bands_of(rect):
        yield band, _drawn(stream.take(_row(band, palette) * band.height), band, palette)
    stream.end()


def _drawn(data: bytes, rect: Rect, palette: Pixels | None) -> Pixels:
    if palette is None:
        return colours(data).reshape(rect.height, rect.width)
    bits = 1 if len(palette) <= 2 else 8
    return chosen(palette, unpacked(data, rect.height, rect.width, bits))
