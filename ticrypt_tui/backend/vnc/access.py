"""How a screen is reached and what it must prove, as the way in says."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

Dial = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]
"""Opens one stream to a screen's server; raises a `TicryptError`."""


@dataclass(frozen=True, slots=True)
class Access:
    """What the server must ask for; one that asks for less, or for something else, is refused.

    `tls` asks for VeNCrypt with a certificate that this context verifies for `server_name`;
    `password` for VNC authentication (its first eight bytes count), inside TLS where there is both.
    `near` says that the stream stays on this machine, so that pixels need not be compressed.
    """

    password: bytes | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None
    server_name: str = ""
    near: bool = False
