"""From a driver's way to a VM's screen to a session with its server, with no silent downgrade."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from ticrypt_tui.backend.drivers.graphics import Graphics
from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.backend.vnc.access import Access
from ticrypt_tui.backend.vnc.client import Client
from ticrypt_tui.backend.vnc.errors import ScreenLost, ScreenRefused
from ticrypt_tui.backend.vnc.security import KINDS, VENCRYPT

Open = Callable[[], Awaitable[Graphics]]
"""Opens a way to one VM's screen, anew each time; raises a `TicryptError`."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A session with a screen's server, and the way to it."""

    client: Client
    graphics: Graphics

    async def fault(self, lost: ScreenLost) -> TicryptError:
        """Why the session was lost: the way's own fault, where it is that."""
        return await self.graphics.fault() or lost

    async def close(self) -> None:
        """End both; safe twice."""
        try:
            await self.client.close()
        finally:
            await self.graphics.close()


async def connect(open_graphics: Open) -> Connection:
    """Open a way and a session on it.

    On a way that is not private the server must prove itself by TLS. On a private one it may do
    without; one that wants TLS there all the same must prove itself as well. Raises a
    `TicryptError`.
    """
    graphics = await open_graphics()
    try:
        return await _entered(graphics, encrypted=not graphics.private)
    except ScreenRefused as refused:
        wants_tls = KINDS[VENCRYPT] in refused.sentence
        if not (graphics.private and graphics.tls and wants_tls):
            raise
    return await _entered(await open_graphics(), encrypted=True)


async def _entered(graphics: Graphics, *, encrypted: bool) -> Connection:
    """A session on a way, which is given up where there is none."""

    async def dial() -> tuple[StreamReader, StreamWriter]:
        return await asyncio.open_connection(sock=graphics.stream)

    async with AsyncExitStack() as in_vain:
        in_vain.push_async_callback(graphics.close)
        if encrypted and graphics.tls is None:
            raise ScreenRefused("Others could read the way to the VM's screen: it has no TLS.")
        tls = await asyncio.to_thread(graphics.tls) if encrypted and graphics.tls else None
        try:
            access = Access(graphics.password, tls, graphics.server_name, graphics.near)
            client = await Client.connect(dial, access)
        except ScreenLost as lost:
            raise await graphics.fault() or lost from None
        in_vain.pop_all()
        return Connection(client, graphics)
