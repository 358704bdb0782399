"""Which session a way to a screen leads to, and what is asked of the way for it."""

from __future__ import annotations

import asyncio
import socket
from struct import pack

import pytest

from tests.backend.vnc.served import VERSION, greeting, heard, sized
from ticrypt_tui.backend.drivers.graphics import Graphics
from ticrypt_tui.backend.vnc.errors import ScreenRefused
from ticrypt_tui.backend.vnc.updates import RAW, TIGHT
from ticrypt_tui.backend.vnc.ways import connect


class Way:
    """A private way whose server says the same on each connection."""

    def __init__(self, said: bytes, *, near: bool = False) -> None:
        self._said, self._near = said, near
        self.opened = self.asked = 0
        self.ends: list[socket.socket] = []

    async def open(self) -> Graphics:
        ours, theirs = socket.socketpair()
        theirs.sendall(self._said)
        self.ends.append(theirs)
        self.opened += 1
        return Graphics(ours, near=self._near, password=self._password)

    async def _password(self) -> bytes:
        self.asked += 1
        return b"secret"

    def close(self) -> None:
        for end in self.ends:
            end.close()


async def test_a_password_is_asked_of_the_way_once_its_server_wants_one() -> None:
    let_in = VERSION + b"\1\2" + bytes(16) + pack(">I", 0) + pack(">HH16xI", 64, 32, 0)
    way = Way(let_in)
    connection = await connect(way.open)
    assert (way.opened, way.asked) == (2, 1)
    assert connection.client.framebuffer.width == 64
    await asyncio.wait_for(connection.close(), 60)
    way.close()


async def test_what_a_server_says_in_words_opens_nothing() -> None:
    way = Way(VERSION + b"\0" + sized(b"asks for a VNC password, VeNCrypt"))
    with pytest.raises(ScreenRefused, match="lets nobody in"):
        await connect(way.open)
    assert (way.opened, way.asked) == (1, 0)
    way.close()


async def test_pixels_are_wished_as_they_are_where_the_way_stays_on_this_machine() -> None:
    for near, best in ((True, RAW), (False, TIGHT)):
        way = Way(greeting(), near=near)
        connection = await connect(way.open)
        wished = heard(way.ends[0])[len(VERSION) + 2 + 20 + 4 :]
        assert int.from_bytes(wished[:4], "big") == best
        await asyncio.wait_for(connection.close(), 60)
        way.close()
