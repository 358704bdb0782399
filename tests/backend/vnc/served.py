"""A screen's server that says what a test has it say, over a real socket."""

from __future__ import annotations

import asyncio
import socket
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from struct import pack

from ticrypt_tui.backend.vnc.access import Access
from ticrypt_tui.backend.vnc.client import Client

OPEN = Access()
Served = tuple[socket.socket, asyncio.Task[Client]]
VERSION = b"RFB 003.008\n"
LET_IN = VERSION + b"\1\1" + pack(">I", 0)
WIDTH, HEIGHT = 64, 32
LAST, NAME, CURSOR, SIZE, EXTENDED_SIZE, KEYS = -224, -307, -239, -223, -308, -258


def greeting(width: int = WIDTH, height: int = HEIGHT, name: bytes = b"vm") -> bytes:
    return LET_IN + pack(">HH16xI", width, height, len(name)) + name


def update(*rectangles: bytes, count: int | None = None) -> bytes:
    return pack(">BxH", 0, len(rectangles) if count is None else count) + b"".join(rectangles)


def rectangle(place: tuple[int, int, int, int], encoding: int, data: bytes = b"") -> bytes:
    return pack(">HHHHi", *place, encoding) + data


def sized(data: bytes) -> bytes:
    return pack(">I", len(data)) + data


def compact(data: bytes) -> bytes:
    """Data behind a length as Tight writes it."""
    size = len(data)
    return bytes([size & 0x7F | 0x80, size >> 7 & 0x7F | 0x80, size >> 14]) + data


def deflated(data: bytes, times: int = 1) -> bytes:
    """A zlib stream that goes on."""
    deflating = zlib.compressobj()
    parts = [deflating.compress(data) for _ in range(times)]
    return b"".join(parts) + deflating.flush(zlib.Z_SYNC_FLUSH)


def messages() -> tuple[bytes, ...]:
    """A valid session in which each message and each encoding is, on a small screen."""
    tile = b"\2" + b"\1\2\3" + b"\4\5\6" + b"\x80\x40"  # a palette of two, and two rows
    tiles = b"\x0e" + b"abcdefgh" + b"\1\0\x11" + b"\x18" + b"\1" + b"ijkl" + b"\x22\x33"
    two_by_two, nowhere = (0, 0, 2, 2), (0, 0, 0, 0)
    return (
        greeting(),
        update(
            rectangle(nowhere, KEYS),
            rectangle((0, 0, WIDTH, HEIGHT), EXTENDED_SIZE, b"\1\0\0\0" + bytes(16)),
        ),
        update(
            rectangle((0, 0, 4, 4), 0, bytes(range(64))),
            rectangle((1, 1, 4, 4), 1, bytes(4)),
            rectangle(two_by_two, 6, sized(deflated(bytes(range(16))))),
        ),
        b"\2",  # a bell
        b"\3\0\0\0" + sized(b"clipboard"),
        b"\1\0" + pack(">HH", 0, 2) + bytes(12),  # a colour map
        update(
            rectangle(two_by_two, 16, sized(deflated(tile))),
            rectangle((0, 0, 32, 16), 5, tiles),
            rectangle(two_by_two, 7, b"\x80" + b"abc"),
            rectangle(two_by_two, 7, b"\x40\1\1" + b"abcdef" + b"\x80\x40"),
            rectangle(two_by_two, 7, b"\0" + compact(deflated(bytes(range(12))))),
            rectangle(nowhere, LAST),
            count=0xFFFF,
        ),
        update(rectangle((1, 0, 8, 2), CURSOR, bytes(64) + b"\xff\x81")),
        update(rectangle(nowhere, NAME, sized(b"other"))),
        update(rectangle((0, 0, 16, 8), SIZE)),
        update(rectangle((0, 0, 16, 8), 0, bytes(16 * 8 * 4))),
    )


def everything() -> bytes:
    return b"".join(messages())


def heard(end: socket.socket) -> bytes:
    """What the client has said since it was heard last."""
    return end.recv(1 << 20, socket.MSG_DONTWAIT)


@asynccontextmanager
async def server(
    access: Access = OPEN,
) -> AsyncIterator[tuple[socket.socket, asyncio.Task[Client]]]:
    """A server's end of a connection, and the client that is being connected to it."""
    ours, theirs = socket.socketpair()

    async def dial() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(sock=ours)

    connecting = asyncio.create_task(Client.connect(dial, access))
    try:
        with theirs:
            yield theirs, connecting
    finally:
        await asyncio.wait([connecting])
        if connecting.exception() is None:
            await connecting.result().close()


@asynccontextmanager
async def connected(
    said: bytes, access: Access = OPEN, *, goes: bool = False
) -> AsyncIterator[Client]:
    """A client to whom all of this is said; then the server is silent, or goes."""
    async with server(access) as (end, connecting):
        sending = asyncio.create_task(_say(end, said, goes))
        try:
            yield await connecting
        finally:
            sending.cancel()
            await asyncio.wait([sending])


async def _say(end: socket.socket, said: bytes, goes: bool) -> None:
    end.setblocking(False)
    with suppress(ConnectionError):
        await asyncio.get_running_loop().sock_sendall(end, said)
        if goes:
            end.shutdown(socket.SHUT_WR)
