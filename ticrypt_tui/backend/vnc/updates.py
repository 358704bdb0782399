"""One framebuffer update: its rectangles, drawn, and what else the server says in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from struct import Struct

from ticrypt_tui.backend.vnc.encodings import Decoder
from ticrypt_tui.backend.vnc.encodings.hextile import hextile
from ticrypt_tui.backend.vnc.encodings.plain import copied, raw
from ticrypt_tui.backend.vnc.encodings.tight import Tight
from ticrypt_tui.backend.vnc.encodings.zlib import Zlib
from ticrypt_tui.backend.vnc.encodings.zrle import Zrle
from ticrypt_tui.backend.vnc.errors import nonsense
from ticrypt_tui.backend.vnc.framebuffer import Framebuffer, Rect
from ticrypt_tui.backend.vnc.limits import RECTANGLES, REPAINTS
from ticrypt_tui.backend.vnc.pointer import Cursor, read_cursor
from ticrypt_tui.backend.vnc.wire import U8, Wire

RAW, COPIED, HEXTILE, ZLIB, TIGHT, ZRLE = 0, 1, 5, 6, 7, 16
DESKTOP_SIZE, LAST_RECT, CURSOR, EXTENDED_KEYS = -223, -224, -239, -258
DESKTOP_NAME, EXTENDED_DESKTOP_SIZE = -307, -308
NEAR = (RAW, COPIED, TIGHT, ZRLE, ZLIB, HEXTILE)  # QEMU takes the first
FAR = (TIGHT, ZRLE, ZLIB, COPIED, HEXTILE, RAW)
ASIDE = (
    DESKTOP_SIZE, LAST_RECT, CURSOR, EXTENDED_KEYS, DESKTOP_NAME, EXTENDED_DESKTOP_SIZE,
)  # fmt: skip
HEAD, RECTANGLE, SCREEN = Struct(">xH"), Struct(">HHHHi"), 16
WITHOUT_COUNT = 0xFFFF  # the last rectangle says that it is the last
OUR_OWN_WISH, GRANTED = 1, 0


class Screen:
    """A screen as its updates tell it."""

    def __init__(self, width: int, height: int, name: str) -> None:
        self.framebuffer = Framebuffer(width, height)
        self.name = name
        self.cursor: Cursor | None = None
        self.extended_keys = False
        self.unasked = True  # no whole picture of this size was asked for
        self._answered = self._resized = False
        self._changed: list[Rect] = []
        self._decoders: dict[int, Decoder] = {
            RAW: raw, COPIED: copied, HEXTILE: hextile,
            ZLIB: Zlib().read, TIGHT: Tight().read, ZRLE: Zrle().read,
        }  # fmt: skip
        self._asides: dict[int, Callable[[Wire, Rect], Awaitable[None]]] = {
            DESKTOP_SIZE: self._take_size, EXTENDED_DESKTOP_SIZE: self._take_extended_size,
            CURSOR: self._take_cursor, DESKTOP_NAME: self._take_name,
            EXTENDED_KEYS: self._take_extended_keys,
        }  # fmt: skip

    async def update(self, wire: Wire) -> tuple[Rect, ...] | None:
        """Reads an update behind its first byte; returns what it changed.

        None for one that is no answer: QEMU says its abilities, and on every question for a whole
        picture its size, in updates of their own.
        """
        self._changed, self._answered, self._resized = [], False, False
        count = (await wire.fields(HEAD))[0]
        if count > RECTANGLES and count != WITHOUT_COUNT:
            raise nonsense(f"an update of {count} rectangles")
        area = most = 0
        for _ in range(min(count, RECTANGLES)):
            x, y, width, height, encoding = await wire.fields(RECTANGLE)
            if encoding == LAST_RECT:
                break
            rect = Rect(x, y, width, height)
            area += await self._take(wire, rect, encoding)
            most = max(most, REPAINTS * self.framebuffer.whole.area)
            if area > most:
                raise nonsense("an update that paints the screen again and again")
        else:
            if count == WITHOUT_COUNT:
                raise nonsense("an update without an end")
        return tuple(self._changed) if self._answered else None

    async def _take(self, wire: Wire, rect: Rect, encoding: int) -> int:
        """Reads one rectangle; returns how many pixels it painted."""
        if (aside := self._asides.get(encoding)) is not None:
            await aside(wire, rect)
            return 0
        if (decoder := self._decoders.get(encoding)) is None:
            raise nonsense(f"a rectangle of unknown encoding {encoding}")
        self.framebuffer.check(rect)
        await decoder(wire, rect, self.framebuffer)
        self._answered = True
        if not self._resized:
            self._changed.append(rect)
        return rect.area

    async def _take_size(self, wire: Wire, rect: Rect) -> None:
        self.framebuffer.resize(rect.width, rect.height)
        self.unasked = self._answered = self._resized = True
        self._changed = [self.framebuffer.whole]

    async def _take_extended_size(self, wire: Wire, rect: Rect) -> None:
        await wire.skip(3 + SCREEN * await wire.number(U8))
        if rect.x == OUR_OWN_WISH and rect.y != GRANTED:
            return
        if (rect.width, rect.height) != (self.framebuffer.width, self.framebuffer.height):
            await self._take_size(wire, rect)

    async def _take_cursor(self, wire: Wire, rect: Rect) -> None:
        self.cursor = await read_cursor(wire, rect)
        self._answered = True

    async def _take_name(self, wire: Wire, rect: Rect) -> None:
        self.name = await wire.text()
        self._answered = True

    async def _take_extended_keys(self, wire: Wire, rect: Rect) -> None:
        self.extended_keys = True
