"""How a session begins: version, security, the screen's size and name (RFC 6143, 7.1-7.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from struct import Struct

from ticrypt_tui.backend.vnc.access import Access
from ticrypt_tui.backend.vnc.errors import ScreenLost, ScreenRefused
from ticrypt_tui.backend.vnc.security import prove
from ticrypt_tui.backend.vnc.wire import U8, Wire

VERSION = b"RFB 003.008\n"
SERVER_INIT = Struct(">HH16x")


@dataclass(frozen=True, slots=True)
class Greeting:
    """What the server says of its screen."""

    width: int
    height: int
    name: str


async def shake_hands(wire: Wire, access: Access) -> Greeting:
    """Comes to terms with a server; raises `ScreenRefused` and `ScreenLost`."""
    await _agree_on_version(wire)
    await prove(wire, await _offered(wire), access)
    wire.write(b"\x01")  # shared: nobody else is thrown out
    width, height = await wire.fields(SERVER_INIT)
    return Greeting(width, height, await wire.text())


async def _agree_on_version(wire: Wire) -> None:
    version = re.fullmatch(rb"RFB (\d{3})\.(\d{3})\n", await wire.take(len(VERSION)))
    if version is None:
        raise ScreenLost("What answers there is no VNC server.")
    if (int(version[1]), int(version[2])) < (3, 8):
        raise ScreenRefused("The VM's screen speaks a VNC older than 3.8, which cannot be trusted.")
    wire.write(VERSION)


async def _offered(wire: Wire) -> bytes:
    count = await wire.number(U8)
    if not count:
        raise ScreenRefused(f"The VM's screen lets nobody in: {await wire.text()}.")
    return await wire.take(count)
