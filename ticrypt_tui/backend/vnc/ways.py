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
from ticrypt_tui.backend.vnc.security import VENCRYPT, VNC, X509_VNC

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


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the server must do: less is refused, more is only done where the way allows it."""

    tls: bool
    password: bool = False

    def after(self, refused: ScreenRefused, graphics: Graphics) -> _Wanted:
        """The same with what it asked for instead, where we have that."""
        password = bool(refused.asks & {VNC, X509_VNC})
        return _Wanted(
            tls=self.tls or (VENCRYPT in refused.asks and graphics.tls is not None),
            password=self.password or (password and graphics.password is not None),
        )


async def connect(open_graphics: Open) -> Connection:
    """Open a way and a session on it.

    On a way that is not private the server must prove itself by TLS. On a private one it may do
    without; one that wants TLS there all the same must prove itself as well. A password is asked
    of the way only where the server wants it. Raises a `TicryptError`.
    """
    wanted: _Wanted | None = None
    while True:
        graphics = await open_graphics()
        wanted = wanted or _Wanted(tls=not graphics.private)
        try:
            return await _entered(graphics, wanted)
        except ScreenRefused as refused:
            more = wanted.after(refused, graphics)
            if more == wanted:
                raise
            wanted = more


async def _entered(graphics: Graphics, wanted: _Wanted) -> Connection:
    """A session on a way, which is given up where there is none."""

    async def dial() -> tuple[StreamReader, StreamWriter]:
        try:
            return await asyncio.open_connection(sock=graphics.stream)
        except OSError as error:
            raise ScreenLost(f"The way to the VM's screen cannot be used: {error}.") from None

    async with AsyncExitStack() as in_vain:
        in_vain.push_async_callback(graphics.close)
        access = await _access(graphics, wanted)
        try:
            client = await Client.connect(dial, access)
        except ScreenLost as lost:
            raise await graphics.fault() or lost from None
        in_vain.pop_all()
        return Connection(client, graphics)


async def _access(graphics: Graphics, wanted: _Wanted) -> Access:
    if wanted.tls and graphics.tls is None:
        raise ScreenRefused("Others could read the way to the VM's screen: it has no TLS.")
    tls = await asyncio.to_thread(graphics.tls) if wanted.tls and graphics.tls else None
    password = await graphics.password() if wanted.password and graphics.password else None
    return Access(password, tls, graphics.server_name, near=graphics.near)
