"""Hextile: tiles of 16 × 16 pixels as a background with rectangles on it (RFC 6143, 7.7.4)."""

from __future__ import annotations

import asyncio

import numpy as np

from ticrypt_tui.backend.vnc.encodings import is_large
from ticrypt_tui.backend.vnc.encodings.plain import pixels_of
from ticrypt_tui.backend.vnc.errors import nonsense
from ticrypt_tui.backend.vnc.framebuffer import Framebuffer, Pixels, Rect
from ticrypt_tui.backend.vnc.wire import U8, Wire

TILE = 16
RAW, BACKGROUND, FOREGROUND, PARTS, COLOURED = 1, 2, 4, 8, 16


async def hextile(wire: Wire, rect: Rect, framebuffer: Framebuffer) -> None:
    colours = Colours(wire)
    for top in range(0, rect.height, TILE):
        height = min(TILE, rect.height - top)
        pixels = np.empty((height, rect.width), np.uint32)
        for left in range(0, rect.width, TILE):
            await colours.paint(pixels[:, left : left + TILE])
        framebuffer.place(Rect(rect.x, rect.y + top, rect.width, height), pixels)
        if is_large(rect):
            await asyncio.sleep(0)  # a key press comes first


class Colours:
    """The background and the foreground, which a tile inherits from the one before it."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._background = self._foreground = 0

    async def paint(self, tile: Pixels) -> None:
        kind = await self._wire.number(U8)
        if kind & RAW:
            whole = Rect(0, 0, tile.shape[1], tile.shape[0])
            tile[...] = pixels_of(await self._wire.take(tile.size * 4), whole)
            return
        if kind & BACKGROUND:
            self._background = await self._colour()
        if kind & FOREGROUND:
            self._foreground = await self._colour()
        tile[...] = self._background
        if kind & PARTS:
            await self._paint_parts(tile, bool(kind & COLOURED))

    async def _paint_parts(self, tile: Pixels, coloured: bool) -> None:
        count = await self._wire.number(U8)
        size = 6 if coloured else 2
        data = await self._wire.take(count * size)
        height, width = tile.shape
        for start in range(0, len(data), size):
            if coloured:
                self._foreground = int.from_bytes(data[start : start + 4], "little")
            place, extent = data[start + size - 2 : start + size]
            left, top = place >> 4, place & 15
            right, bottom = left + (extent >> 4) + 1, top + (extent & 15) + 1
            if right > width or bottom > height:
                raise nonsense("a part beyond its tile")
            tile[top:bottom, left:right] = self._foreground

    async def _colour(self) -> int:
        return int.from_bytes(await self._wire.take(4), "little")
