"""Compressed bytes inflated only as far as a rectangle needs them: no bomb goes off."""

from __future__ import annotations

import zlib

from ticrypt_tui.backend.vnc.errors import nonsense

AHEAD = 64 * 1024


class Stream:
    """A zlib stream that goes on from rectangle to rectangle (RFC 6143, 7.7.6)."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj()
        self._fed = self._ready = b""
        self._at = 0

    def feed(self, data: bytes) -> None:
        """Begins with what was sent for one rectangle."""
        if self._zlib.eof:
            raise nonsense("compressed data after their end")
        self._fed, self._ready, self._at = data, b"", 0

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
        try:
            inflated = self._zlib.decompress(self._fed, most)
        except zlib.error:
            raise nonsense("compressed data that are damaged") from None
        self._fed = self._zlib.unconsumed_tail
        return inflated
