"""Times a client of a screen: `python -m benchmarks.programs.frames CLIENT WHAT SOCKET`.

CLIENT is `ours`, `far` (ours, with pixels compressed as for another machine), `asyncvnc` or
`vncdotool`; WHAT is `rate`, `first` or `key`. Prints pictures a second, or seconds.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any, Protocol

SECONDS = 5.0
CONNECTIONS, KEYS = 7, 11


class Watching(Protocol):
    """A client, connected."""

    async def picture(self) -> Any:
        """The next picture, as an array or an image of its own."""

    def press(self, letter: str) -> None: ...

    async def close(self) -> None: ...


Opening = Callable[[str], Awaitable[Watching]]


class Ours:
    def __init__(self, client: Any) -> None:
        self._client = client

    @classmethod
    async def open(cls, socket: str, near: bool = True) -> Watching:
        from ticrypt_tui.backend.vnc.access import Access
        from ticrypt_tui.backend.vnc.client import Client

        return cls(
            await Client.connect(lambda: asyncio.open_unix_connection(socket), Access(near=near))
        )

    @classmethod
    async def open_far(cls, socket: str) -> Watching:
        return await cls.open(socket, near=False)

    async def picture(self) -> Any:
        while not await self._client.update():
            pass
        return self._client.framebuffer.pixels.copy()

    def press(self, letter: str) -> None:
        for down in (True, False):
            self._client.key(ord(letter), None, down)

    async def close(self) -> None:
        await self._client.close()


class Asyncvnc:
    """Its own loop of screenshots."""

    def __init__(self, client: Any, writer: asyncio.StreamWriter) -> None:
        self._client, self._writer = client, writer

    @classmethod
    async def open(cls, socket: str) -> Watching:
        import asyncvnc

        reader, writer = await asyncio.open_unix_connection(socket)
        return cls(await asyncvnc.Client.create(reader, writer), writer)

    async def picture(self) -> Any:
        return await self._client.screenshot()

    def press(self, letter: str) -> None:
        self._client.keyboard.press(letter)

    async def close(self) -> None:
        self._writer.close()


class Vncdotool:
    """Its API for programs that do not use Twisted themselves."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._whole = True

    @classmethod
    async def open(cls, socket: str) -> Watching:
        from vncdotool import api

        return cls(api.connect(socket, timeout=60))

    async def picture(self) -> Any:
        self._client.refreshScreen(incremental=not self._whole)
        self._whole = False
        return self._client.screen.copy()

    def press(self, letter: str) -> None:
        self._client.keyPress(letter)

    async def close(self) -> None:
        self._client.disconnect()


CLIENTS: dict[str, Opening] = {
    "ours": Ours.open,
    "far": Ours.open_far,
    "asyncvnc": Asyncvnc.open,
    "vncdotool": Vncdotool.open,
}


async def rate(opening: Opening, socket: str) -> float:
    """Pictures a second of a screen that changes."""
    client = await opening(socket)
    for _ in range(3):
        await client.picture()
    begun, pictures = time.perf_counter(), 0
    while (taken := time.perf_counter() - begun) < SECONDS:
        await client.picture()
        pictures += 1
    await client.close()
    return pictures / taken


async def first(opening: Opening, socket: str) -> float:
    """Seconds from the connection to the first picture."""
    seconds = []
    for _ in range(CONNECTIONS):
        begun = time.perf_counter()
        client = await opening(socket)
        await client.picture()
        seconds.append(time.perf_counter() - begun)
        await client.close()
    return median(seconds[1:])  # what is imported late was, by then


async def key(opening: Opening, socket: str) -> float:
    """Seconds from a key to the picture that it changed."""
    client = await opening(socket)
    before = await client.picture()
    seconds = []
    for letter in "ab" * KEYS:
        begun = time.perf_counter()
        client.press(letter)
        while _same(after := await client.picture(), before):
            pass
        seconds.append(time.perf_counter() - begun)
        before = after
    await client.close()
    return median(seconds[2:])


def _same(one: Any, other: Any) -> bool:
    return bool((one == other).all()) if hasattr(one, "all") else bool(one == other)


MEASURES = {"rate": rate, "first": first, "key": key}

if __name__ == "__main__":
    print(asyncio.run(MEASURES[sys.argv[2]](CLIENTS[sys.argv[1]], sys.argv[3])))
    if sys.argv[1] == "vncdotool":
        from vncdotool import api

        api.shutdown()
