"""Compressed bytes inflated only as far as a rectangle needs them: no bomb goes off."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from ticrypt_tui.backend.vnc.errors import nonsense

AHEAD = SLICE = 64 * 1024


class Stream:
    """A zlib stream that goes on from rectangle to rectangle (RFC 6143, 7.7.6)."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj()
        self._slices: Iterator[memoryview] = iter(())
        self._rest = self._ready = b""
        self._at = 0

    def feed(self, data: bytearray) -> None:
        """Begins with what was sent for one rectangle."""
        if self._zlib.eof:
            raise nonsense("compressed data after their end")
        whole = memoryview(data)
        self._slices = (whole[at : at + SLICE] for at in range(0, len(whole), SLICE))
        self._rest, self._ready, self._at = b"", b"", 0

    def take(self, count: int) -> bytes:
        """The next plain bytes of this rectangle, exactly so many."""
        taken = self._ready[self._at : self._at + count]
        self._at += len(taken)
        if len(taken) == count:
            return taken
        parts, missing = [taken], count - len(taken)
        while missing:
            self._ready, self._at = self._inflate(max(missing, AHEAD)), missing
            if not self._ready:
                raise nonsense("too few compressed data for a rectangle")
            parts.append(self._ready[:missing])
            missing -= len(parts[-1])
        return b"".join(parts)

    def end(self) -> None:
        """Says that the rectangle is whole; there may be nothing left of it."""
        if self._at < len(self._ready) or self._inflate(1):
            raise nonsense("more compressed data than a rectangle holds")

    def _inflate(self, most: int) -> bytes:
        """The next plain bytes, or none where there are no more."""
        try:
            while not (inflated := self._zlib.decompress(self._rest, most)):
                if (following := next(self._slices, None)) is None:
                    break
                self._rest = self._zlib.unconsumed_tail + following
        except zlib.error:
            raise nonsense("compressed data that are damaged") from None
        self._rest = self._zlib.unconsumed_tail
        return inflated
