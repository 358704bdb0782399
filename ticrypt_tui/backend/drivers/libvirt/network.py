"""The way by network to a VNC server on another machine: only with TLS that is verified."""

from __future__ import annotations

import asyncio
import socket
from functools import partial

from ticrypt_tui.backend.drivers.graphics import Graphics, Password
from ticrypt_tui.backend.drivers.libvirt import certificates
from ticrypt_tui.backend.drivers.libvirt.graphics import Listening, is_loopback
from ticrypt_tui.backend.drivers.libvirt.uri import HostUri
from ticrypt_tui.backend.errors import Failed, Refused

CONNECT_SECONDS = 10.0
_KEEPALIVE = {socket.TCP_KEEPIDLE: 15, socket.TCP_KEEPINTVL: 5, socket.TCP_KEEPCNT: 3}
"""A quiet screen's host is given up after half a minute without an answer."""


async def open_by_network(
    host: str, uri: HostUri, to: Listening, password: Password | None = None
) -> Graphics:
    """A connection to the server itself; plain TCP is believed only on this machine.

    Raises `Refused` where it listens for its own machine alone, `Failed` where nobody answers.
    """
    here = is_loopback(uri.machine)
    if to.path or (to.loopback and not here):
        raise Refused(
            f"Host {host} is another machine, and this VM's screen listens for that one alone.",
            "Give the host a qemu+ssh URI, or open it in a console there.",
        )
    address, port = to.near
    return Graphics(
        stream=await _connected(host, uri.machine if is_loopback(address) else address, port),
        private=here,
        password=password,
        tls=partial(certificates.context, uri),
        server_name=uri.machine,
    )


async def _connected(host: str, address: str, port: int) -> socket.socket:
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await asyncio.to_thread(_connect, address, port)
    except (OSError, TimeoutError) as error:
        why = (
            f"no answer within {CONNECT_SECONDS:g} s" if isinstance(error, TimeoutError) else error
        )
        raise Failed(f"Host {host}: {address} port {port} was not reached: {why}.") from None


def _connect(address: str, port: int) -> socket.socket:
    made = socket.create_connection((address, port), timeout=CONNECT_SECONDS)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEPALIVE.items():
        made.setsockopt(socket.IPPROTO_TCP, option, value)
    made.setblocking(False)
    return made
