"""A VM's screen that a play host shows: a few grey pixels, and what was typed at it."""

from __future__ import annotations

import asyncio
import socket
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from struct import unpack

from tests.backend.vnc.served import HEIGHT, KEYS, WIDTH, greeting, rectangle, update
from ticrypt_tui.backend.drivers.graphics import Graphics
from ticrypt_tui.backend.errors import TicryptError

WHOLE = (0, 0, WIDTH, HEIGHT)
_REST = {0: 19, 3: 9, 4: 7, 5: 5, 255: 11}
"""How many bytes a client's message has behind its first."""


class PlayScreen:
    """A VNC server as QEMU's is, for as many clients as come; `full` is one that lets none in."""

    def __init__(self) -> None:
        self.typed: list[tuple[int, bool]] = []
        self.opened = 0
        self.full = False
        self.fault: TicryptError | None = None
        self.takes_scan_codes = True
        self._clients: set[StreamWriter] = set()
        self._asked = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def clients(self) -> int:
        return len(self._clients)

    async def open(self) -> Graphics:
        if self.fault:
            raise self.fault
        self.opened += 1
        ours, theirs = socket.socketpair()
        task = asyncio.create_task(self._serve(*await asyncio.open_connection(sock=theirs)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return Graphics(ours)

    def draw(self, grey: int = 0x80) -> None:
        """Send everybody a whole new picture."""
        drawn = rectangle(WHOLE, 0, bytes([grey]) * (WIDTH * HEIGHT * 4))
        for each in self._clients:
            each.write(update(drawn))

    def hang_up(self) -> None:
        """Leave every client alone."""
        for each in self._clients:
            each.close()

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            writer.write(b"" if self.full else greeting())
            await reader.readexactly(0 if self.full else 12 + 1 + 1)
            self._clients.add(writer)
            while not self.full and (kind := await reader.readexactly(1)):
                await self._hear(kind[0], reader, writer)
        self._clients.discard(writer)
        writer.close()

    async def _hear(self, kind: int, reader: StreamReader, writer: StreamWriter) -> None:
        if kind == 2:
            count = unpack(">xH", await reader.readexactly(3))[0]
            await reader.readexactly(4 * count)
            return
        said = await reader.readexactly(_REST[kind])
        if kind == 255:
            self.typed.append((said[-1], bool(said[2])))
        elif kind == 4:
            self.typed.append((unpack(">I", said[3:])[0], bool(said[0])))
        elif kind == 3 and not said[0]:
            abilities = [rectangle((0, 0, 0, 0), KEYS)] if self.takes_scan_codes else []
            drawn = rectangle(WHOLE, 0, bytes(WIDTH * HEIGHT * 4))
            writer.write(update(*abilities, drawn))
