"""Ways through ssh to a VNC server that listens for its own machine alone."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ticrypt_tui.backend.drivers.graphics import Graphics, Password
from ticrypt_tui.backend.drivers.libvirt import certificates
from ticrypt_tui.backend.drivers.libvirt.graphics import Listening
from ticrypt_tui.backend.drivers.libvirt.remote_log import ssh_command
from ticrypt_tui.backend.drivers.libvirt.ssh_process import Ssh
from ticrypt_tui.backend.drivers.libvirt.uri import HostUri
from ticrypt_tui.backend.errors import DeadlineMissed, Failed, Refused, TicryptError
from ticrypt_tui.text import shown

OPEN_SECONDS = 20.0
_LONGEST_FOLDER = 60  # a unix socket's path has 107 bytes
# A refused channel is told from this level on; a banner is, too.
_OPTIONS = ("-o", "LogLevel=INFO", "-o", "ForwardAgent=no", "-o", "ForwardX11=no")
# A connection that others share would keep what we forward, and outlive us.
_ALONE = ("-o", "ControlMaster=no", "-o", "ControlPath=none")
# It says when it is there, and ends when we do, however we end.
_UNTIL_WE_END = "echo ready; exec cat >/dev/null"


@dataclass(frozen=True, slots=True)
class Tunnel(Graphics):
    """A stream through an ssh of its own, which ends with it."""

    ssh: Ssh = field(kw_only=True)

    async def close(self) -> None:
        self.stream.close()
        await self.ssh.end()

    async def fault(self) -> TicryptError | None:
        """What ssh says of its end, or of a connection that it could not make for us."""
        return await self.ssh.fault()


async def open_tunnel(
    host: str, uri: HostUri, to: Listening, password: Password | None = None
) -> Graphics:
    """A private way to a server on another machine, with the user, port and key of its URI.

    Raises a `TicryptError` for an ssh that does not come through; what only shows once the stream
    is used is its `fault`.
    """
    made = _to_socket(host, uri, to.path) if to.path else _to_port(host, uri, *to.near)
    stream, ssh = await made
    tls = partial(certificates.context, uri)
    return Tunnel(stream, password=password, tls=tls, server_name=uri.machine, ssh=ssh)


async def _to_port(host: str, uri: HostUri, address: str, port: int) -> tuple[socket.socket, Ssh]:
    """`ssh -W`: what we send goes to the port, as if we were on that machine."""
    where = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    ours, theirs = socket.socketpair()
    async with AsyncExitStack() as in_vain:
        in_vain.callback(ours.close)
        with theirs:
            command = ssh_command(uri, "", [*_OPTIONS, "-W", where])
            ssh = await Ssh.begun(host, uri, command, theirs.fileno())
        ours.setblocking(False)
        in_vain.pop_all()
    return ours, ssh


async def _to_socket(host: str, uri: HostUri, path: str) -> tuple[socket.socket, Ssh]:
    """`ssh -L`: a socket of ours alone that leads to theirs; its name is gone once we are through.

    OpenSSH has no `-W` for sockets.
    """
    async with AsyncExitStack() as in_vain, _private_folder() as folder:
        here = folder / "vnc"
        forward = [*_OPTIONS, *_ALONE, "-L", f"{here}:{_escaped(host, path)}"]
        ssh = await Ssh.begun(host, uri, ssh_command(uri, _UNTIL_WE_END, forward))
        in_vain.push_async_callback(ssh.end)
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                stream = await _connected(here) if await ssh.ready() else None
        except TimeoutError:
            missed = f"Host {host}: ssh did not come through within {OPEN_SECONDS:g} s."
            raise DeadlineMissed(missed) from None
        except OSError as error:
            raise await ssh.fault() or Failed(f"Host {host}: {error}.") from None
        if stream is None:
            raise await ssh.fault() or Failed(f"Host {host}: ssh ended before it came through.")
        in_vain.pop_all()
    return stream, ssh


async def _connected(path: Path) -> socket.socket:
    async with AsyncExitStack() as in_vain:
        made = in_vain.enter_context(socket.socket(socket.AF_UNIX))
        made.setblocking(False)
        await asyncio.get_running_loop().sock_connect(made, str(path))
        in_vain.pop_all()
    return made


def _escaped(host: str, path: str) -> str:
    """A path as ssh reads it in a forwarding; raises `Refused` for one that ssh would change."""
    if not path.startswith("/") or not path.isprintable() or "${" in path:
        raise Refused(f"Host {host}: the VM's screen is at a strange place: {shown(path)}.")
    return path.replace("\\", "\\\\").replace(":", "\\:").replace("%", "%%")


@asynccontextmanager
async def _private_folder() -> AsyncIterator[Path]:
    """A new folder that only we can enter, for a moment."""
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="ticrypt-screen-", dir=_place()))
    try:
        yield folder
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _place() -> str:
    """Where a socket's path is short enough."""
    for place in (os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir(), "/tmp"):
        if place and len(place) <= _LONGEST_FOLDER and os.access(place, os.W_OK):
            return place
    raise Failed("There is no folder for a private socket.", "Set TMPDIR to one that is writable.")
