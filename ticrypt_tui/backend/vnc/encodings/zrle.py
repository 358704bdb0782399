"""ZRLE: tiles of 64 × 64 pixels as palettes and runs, compressed (RFC 6143, 7.7.6)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ticrypt_tui.backend.vnc.encodings import Bands, compressed, draw
from ticrypt_tui.backend.vnc.encodings.inflating import Stream
from ticrypt_tui.backend.vnc.encodings.palettes import chosen, unpacked
from ticrypt_tui.backend.vnc.errors import nonsense
from ticrypt_tui.backend.vnc.framebuffer import Framebuffer, Pixels, Rect
from ticrypt_tui.backend.vnc.wire import Wire

TILE = 64
RAW, SOLID, LARGEST_PACKED, RUNS, FIRST_PALETTE_OF_RUNS = 0, 1, 16, 128, 130
SINGLE = 128  # an index below it stands for one pixel, not for a run


class Zrle:
    """The decoder of one session."""

    def __init__(self) -> None:
        self._stream = Stream()

    async def read(self, wire: Wire, rect: Rect, framebuffer: Framebuffer) -> None:
        self._stream.feed(await compressed(wire))
        await draw(self._bands(rect), rect, framebuffer)

    def _bands(self, rect: Rect) -> Bands:
        for top in range(0, rect.height, TILE):
            height = min(TILE, rect.height - top)
            pixels = np.empty((height, rect.width), np.uint32)
            for left in range(0, rect.width, TILE):
                part = pixels[:, left : left + TILE]
                part[...] = self._tile(height, part.shape[1])
            yield Rect(rect.x, rect.y + top, rect.width, height), pixels
        self._stream.end()

    def _tile(self, height: int, width: int) -> Pixels:
        kind = self._byte()
        if kind == RAW:
            return self._colours(height * width).reshape(height, width)
        if kind == SOLID:
            return np.broadcast_to(self._colours(1), (height, width))
        if kind <= LARGEST_PACKED:
            return self._packed(self._colours(kind), height, width)
        if kind == RUNS:
            return _repeated(self._plain_runs(height * width)).reshape(height, width)
        if kind >= FIRST_PALETTE_OF_RUNS:
            palette = self._colours(kind - RUNS)
            return _repeated(self._runs_of(palette, height * width)).reshape(height, width)
        raise nonsense(f"a tile of unknown kind {kind}")

    def _byte(self) -> int:
        return self._stream.take(1)[0]

    def _colours(self, count: int) -> Pixels:
        """Pixels without their fourth byte, blue first."""
        pixels = np.zeros((count, 4), np.uint8)
        pixels[:, :3] = np.frombuffer(self._stream.take(count * 3), np.uint8).reshape(-1, 3)
        return pixels.view("<u4").reshape(-1)

    def _packed(self, palette: Pixels, height: int, width: int) -> Pixels:
        bits = 1 if len(palette) == 2 else 2 if len(palette) <= 4 else 4
        row = (width * bits + 7) // 8
        return chosen(palette, unpacked(self._stream.take(row * height), height, width, bits))

    def _plain_runs(self, area: int) -> Iterator[tuple[int, int]]:
        left = area
        while left:
            colour = int.from_bytes(self._stream.take(3), "little")
            length = self._length(left)
            left -= length
            yield colour, length

    def _runs_of(self, palette: Pixels, area: int) -> Iterator[tuple[int, int]]:
        left = area
        colours = palette.tolist()
        while left:
            index = self._byte()
            length = 1 if index < SINGLE else self._length(left)
            if index % SINGLE >= len(colours):
                raise nonsense("a colour that is not in its palette")
            left -= length
            yield colours[index % SINGLE], length

    def _length(self, most: int) -> int:
        length = 1
        while (more := self._byte()) == 255:
            length += 255
            if length > most:
                break
        length += more
        if length > most:
            raise nonsense("a run beyond its tile")
        return length


def _repeated(runs: Iterator[tuple[int, int]]) -> Pixels:
    colours, lengths = zip(*runs, strict=True)
    return np.repeat(np.array(colours, np.uint32), lengths)
