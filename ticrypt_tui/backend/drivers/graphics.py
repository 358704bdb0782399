"""A way to a VM's screen, as a driver opens it for the VNC client."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ticrypt_tui.backend.errors import TicryptError

if TYPE_CHECKING:
    import ssl

Password = Callable[[], Awaitable[bytes | None]]


@dataclass(frozen=True, slots=True)
class Graphics:
    """A stream that leads to a VM's VNC server; it is closed by `close`, which may take a moment.

    `private` says that nobody on the way can read or change it. On one that is not, the server
    must prove by `tls` that it is `server_name`; on a private one it may ask for that too.
    `near` says that it does not leave this machine, so that pictures need not be compressed.
    """

    stream: socket.socket
    private: bool = True
    near: bool = False
    password: Password | None = None
    tls: Callable[[], ssl.SSLContext] | None = None
    server_name: str = ""

    async def close(self) -> None:
        """Give the way up, with all that was made for it."""
        self.stream.close()

    async def fault(self) -> TicryptError | None:
        """What is known of why the stream ended, where the way itself is at fault."""
        return None
