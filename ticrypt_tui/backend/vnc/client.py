"""One RFB 3.8 session with the server of a VM's screen (RFC 6143, and rfbproto's extensions).

asyncvnc gives the mouse (and, to those who type, the key symbols); how a session begins, what the
server may say, and the pictures are read here, within the bounds of `limits.py`.
"""

from __future__ import annotations

import asyncio
from asyncio import Future, StreamWriter
from collections.abc import Iterable
from contextlib import ExitStack
from struct import Struct
from typing import cast

from asyncvnc import Mouse

from ticrypt_tui.backend.vnc.access import Access, Dial
from ticrypt_tui.backend.vnc.errors import ScreenLost, nonsense
from ticrypt_tui.backend.vnc.framebuffer import Framebuffer, Rect
from ticrypt_tui.backend.vnc.handshake import shake_hands
from ticrypt_tui.backend.vnc.limits import ASIDES, CUT_TEXT, HANDSHAKE
from ticrypt_tui.backend.vnc.pointer import Cursor
from ticrypt_tui.backend.vnc.updates import ASIDE, FAR, NEAR, Screen
from ticrypt_tui.backend.vnc.wire import U8, U32, Wire

__all__ = ["Access", "Client", "Cursor", "Dial"]

UPDATE, COLOURS, BELL, CUT = range(4)  # what a server says
COLOUR_MAP = Struct(">3xH")
# 32 bits a pixel, 24 of colour, little-endian, true colour; red, green, blue from bit 16, 8, 0
PIXEL_FORMAT = b"\0\0\0\0" + Struct(">BBBBHHHBBB3x").pack(32, 24, 0, 1, 255, 255, 255, 16, 8, 0)
REQUEST = Struct(">BBHHHH")
KEY, EXTENDED_KEY = Struct(">BBxxI"), Struct(">BBHII")


class Client:
    """A screen that is watched and typed to; it ends by itself, with a sentence."""

    def __init__(self, wire: Wire, screen: Screen) -> None:
        self._wire, self._screen = wire, screen
        self._mouse = Mouse(cast(StreamWriter, wire))
        self._reading: Future[tuple[Rect, ...]] | None = None

    @classmethod
    async def connect(cls, dial: Dial, access: Access, encodings: tuple[int, ...] = ()) -> Client:
        """A session whose handshake is done, within ten seconds after `dial`.

        `encodings` are those of pixels that are wished, the best first; else `access` decides.
        Raises `ScreenRefused` where the server wants something else than `access` allows, or says
        no; `ScreenLost` where it is no such server, or falls silent; and what `dial` raises.
        """
        wire = Wire(*await dial())
        with ExitStack() as stack:
            stack.callback(wire.abort)
            try:
                async with asyncio.timeout(HANDSHAKE):
                    greeting = await shake_hands(wire, access)
            except TimeoutError:
                raise ScreenLost(f"The VM's screen gave no answer in {HANDSHAKE:.0f} s.") from None
            screen = Screen(greeting.width, greeting.height, greeting.name)
            wire.write(PIXEL_FORMAT + _wished(encodings or (NEAR if access.near else FAR)))
            stack.pop_all()
        return cls(wire, screen)

    @property
    def framebuffer(self) -> Framebuffer:
        """The picture; the same object for the whole session, whatever its size becomes."""
        return self._screen.framebuffer

    @property
    def name(self) -> str:
        """What the server calls its screen, safe to show."""
        return self._screen.name

    @property
    def extended_keys(self) -> bool:
        """Whether the server takes scan codes; known from the first update on."""
        return self._screen.extended_keys

    @property
    def cursor(self) -> Cursor | None:
        """The guest's mouse pointer, where it draws one apart from its picture."""
        return self._screen.cursor

    async def update(self) -> tuple[Rect, ...]:
        """Asks for what has changed, and returns where, once it is in the framebuffer.

        Waits as long as nothing changes; an empty answer means that only the pointer or the name
        did. One question is outstanding at most: who is cancelled while he waits gets the
        same answer when he comes back. A new size shows as one `Rect` of the whole. Raises
        `ScreenLost`, then and ever after, when the session has ended.
        """
        if self._reading is None:
            self._reading = asyncio.create_task(self._next())
        reading = self._reading
        await asyncio.wait([reading])
        if reading.cancelled():
            raise ScreenLost("The VM's screen was closed here.")
        changed = reading.result()
        if self._reading is reading:
            self._reading = None
        return changed

    def key(self, keysym: int, scancode: int | None, down: bool) -> None:
        """Presses or releases a key: an X11 keysym, and the PC's XT scan code where it is known.

        The scan code is sent where the server takes such (`extended_keys`). An extended one is
        given by 0x80 and its last byte (0xe0 0x1d is 0x9d).
        """
        self.keys([(keysym, scancode, down)])

    def keys(self, events: Iterable[tuple[int, int | None, bool]]) -> None:
        """Presses and releases keys, all in one message to the server.

        QEMU releases what is held whenever any client of the screen leaves; nothing of the kind
        comes between keys that arrive together.
        """
        self._wire.write(b"".join(self._said(*event) for event in events))

    def _said(self, keysym: int, scancode: int | None, down: bool) -> bytes:
        if scancode is not None and self.extended_keys:
            return EXTENDED_KEY.pack(255, 0, down, keysym, scancode)
        return KEY.pack(4, down, keysym)

    def pointer(self, x: int, y: int, buttons: int) -> None:
        """Moves the pointer; a bit of `buttons` is a button (1 left, 2 middle, 4 right, 8, 16)."""
        self._mouse.buttons = buttons & 0xFF
        self._mouse.move(
            min(max(x, 0), self.framebuffer.width - 1), min(max(y, 0), self.framebuffer.height - 1)
        )

    async def close(self) -> None:
        """Ends the session; safe at any time, and twice."""
        reading, self._reading = self._reading, asyncio.get_running_loop().create_future()
        self._reading.cancel()
        if reading is not None:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        await self._wire.close()

    async def _next(self) -> tuple[Rect, ...]:
        """The answer to one question."""
        with ExitStack() as stack:
            stack.callback(self._wire.abort)
            self._ask()
            changed = await self._answer()
            stack.pop_all()
        return changed

    def _ask(self) -> None:
        whole, incremental = self.framebuffer.whole, not self._screen.unasked
        self._screen.unasked = False
        self._wire.write(REQUEST.pack(3, incremental, 0, 0, whole.width, whole.height))

    async def _answer(self) -> tuple[Rect, ...]:
        for _ in range(ASIDES):
            await self._wire.wait()
            kind = await self._wire.number(U8)
            if kind != UPDATE:
                await self._pass_over(kind)
            elif (changed := await self._screen.update(self._wire)) is not None:
                return changed
        raise nonsense("much else, and no picture")

    async def _pass_over(self, kind: int) -> None:
        """Reads what a terminal has no use for."""
        if kind == COLOURS:
            await self._wire.skip(6 * (await self._wire.fields(COLOUR_MAP))[0])
        elif kind == CUT:
            await self._wire.skip(3)
            length = await self._wire.number(U32)
            if length > CUT_TEXT:
                raise nonsense(f"a clipboard of {length} bytes")
            await self._wire.skip(length)
        elif kind != BELL:
            raise nonsense(f"a message of unknown kind {kind}")


def _wished(pixels: tuple[int, ...]) -> bytes:
    """The message that says which encodings we take, the best first."""
    encodings = pixels + ASIDE
    return Struct(f">BxH{len(encodings)}i").pack(2, len(encodings), *encodings)
