"""Ways through ssh to a VNC server that listens for its own machine alone."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ticrypt_tui.backend.drivers.graphics import Graphics, Password
from ticrypt_tui.backend.drivers.libvirt import certificates
from ticrypt_tui.backend.drivers.libvirt.faults import why_unreachable
from ticrypt_tui.backend.drivers.libvirt.graphics import Listening
from ticrypt_tui.backend.drivers.libvirt.remote_log import ssh_command
from ticrypt_tui.backend.drivers.libvirt.uri import HostUri
from ticrypt_tui.backend.errors import DeadlineMissed, Failed, TicryptError
from ticrypt_tui.text import decoded

OPEN_SECONDS = 20.0
END_SECONDS = 0.5
_WORDS = 4096
_LONGEST_FOLDER = 60  # a unix socket's path has 107 bytes
_SSH_FAILED = 255
_NO_CHANNEL = re.compile(r"channel \d+: open failed: (.*)")
_QUIET = ("-o", "LogLevel=INFO", "-o", "ForwardAgent=no", "-o", "ForwardX11=no")
# A connection that others share would keep what we forward, and outlive us.
_ALONE = ("-o", "ControlMaster=no", "-o", "ControlPath=none")
# It says when it is there, and ends when we do, however we end.
_UNTIL_WE_END = "echo ready; exec cat >/dev/null"

_MEANINGS = (
    (r"administratively prohibited", "its ssh server does not let connections through"),
    (r"connect failed|open failed|forwarding failed", "nothing answers where the VM's screen is"),
)


@dataclass(frozen=True, slots=True)
class Tunnel(Graphics):
    """A stream through an ssh of its own, which ends with it."""

    ssh: Process = field(kw_only=True)
    words: asyncio.Task[bytes] = field(kw_only=True)
    explained: Callable[[str], TicryptError] = field(kw_only=True)

    async def close(self) -> None:
        self.stream.close()
        await _ended(self.ssh, self.words)

    async def fault(self) -> TicryptError | None:
        """What ssh says of its end, or of a connection that it could not make for us."""
        with suppress(TimeoutError):
            async with asyncio.timeout(END_SECONDS):
                await self.ssh.wait()
        said = await _ended(self.ssh, self.words)
        return self.explained(said) if said else None


async def open_tunnel(
    host: str, uri: HostUri, to: Listening, password: Password | None = None
) -> Graphics:
    """A private way to a server on another machine, with the user, port and key of its URI.

    Raises a `TicryptError` for an ssh that does not come through; what only shows once the stream
    is used is its `fault`.
    """
    opened = await (_to_socket(host, uri, to.path) if to.path else _to_port(uri, *to.near))
    return Tunnel(
        stream=opened.stream,
        password=password,
        tls=partial(certificates.context, uri),
        server_name=uri.machine,
        ssh=opened.ssh,
        words=opened.words,
        explained=partial(_explained, host, uri),
    )


@dataclass(frozen=True, slots=True)
class _Opened:
    stream: socket.socket
    ssh: Process
    words: asyncio.Task[bytes]


async def _to_port(uri: HostUri, address: str, port: int) -> _Opened:
    """`ssh -W`: what we send goes to the port, as if we were on that machine."""
    where = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    ours, theirs = socket.socketpair()
    try:
        with theirs:
            command = ssh_command(uri, "", [*_QUIET, "-W", where])
            ssh = await _begun(command, theirs.fileno())
    except BaseException:
        ours.close()
        raise
    ours.setblocking(False)
    return _Opened(ours, ssh, _heard(ssh))


async def _to_socket(host: str, uri: HostUri, path: str) -> _Opened:
    """`ssh -L`: a socket of ours alone that leads to theirs; its name is gone once we are through.

    OpenSSH has no `-W` for sockets.
    """
    folder = await asyncio.to_thread(_private_folder)
    try:
        socket_here = folder / "vnc"
        options = [*_QUIET, *_ALONE, "-L", f"{socket_here}:{path}"]
        ssh = await _begun(ssh_command(uri, _UNTIL_WE_END, options), PIPE)
        words = _heard(ssh)
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                return _Opened(await _through(ssh, socket_here), ssh, words)
        except TimeoutError:
            await _ended(ssh, words)
            missed = f"Host {host}: ssh did not come through within {OPEN_SECONDS:g} s."
            raise DeadlineMissed(missed) from None
        except OSError as error:
            raise _explained(host, uri, await _ended(ssh, words) or str(error)) from None
        except BaseException:
            await _ended(ssh, words)
            raise
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _through(ssh: Process, path: Path) -> socket.socket:
    assert ssh.stdout is not None
    if not await ssh.stdout.readline():
        await ssh.wait()
        raise ConnectionError("ssh ended")
    here = socket.socket(socket.AF_UNIX)
    here.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(here, str(path))
    except BaseException:
        here.close()
        raise
    return here


def _private_folder() -> Path:
    """A new folder that only we can enter, where a socket's path is short enough."""
    for place in (os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir(), "/tmp"):
        if place and len(place) <= _LONGEST_FOLDER and os.access(place, os.W_OK):
            return Path(tempfile.mkdtemp(prefix="ticrypt-screen-", dir=place))
    raise Failed("There is no folder for a private socket.", "Set TMPDIR to one that is writable.")


async def _begun(command: Sequence[str], both: int) -> Process:
    """Start ssh with one descriptor as input and output, or pipes."""
    return await asyncio.create_subprocess_exec(
        *command, stdin=both, stdout=both, stderr=PIPE, start_new_session=True
    )


def _heard(ssh: Process) -> asyncio.Task[bytes]:
    """The end of what ssh complains of until it ends."""

    async def listen() -> bytes:
        assert ssh.stderr is not None
        said = b""
        while piece := await ssh.stderr.read(_WORDS):
            said = (said + piece)[-_WORDS:]
        return said

    return asyncio.create_task(listen())


async def _ended(ssh: Process, words: asyncio.Task[bytes]) -> str:
    """End ssh, if it has not ended by itself; returns what it says of why something failed."""
    failed_by_itself = ssh.returncode == _SSH_FAILED
    with suppress(ProcessLookupError):
        ssh.kill()
    await ssh.wait()
    lines = decoded(await words).splitlines()
    if refused := [found[1] for line in lines if (found := _NO_CHANNEL.search(line))]:
        return refused[-1]
    said = [line for line in lines if line.strip() and not line.startswith("Warning:")]
    return said[-1].strip() if said and failed_by_itself else ""


def _explained(host: str, uri: HostUri, words: str) -> TicryptError:
    """What ssh's words mean: of a screen that is not to be had there, or of the way to it."""
    for pattern, meaning in _MEANINGS:
        if re.search(pattern, words):
            return Failed(f"Host {host}: {meaning}.", f"ssh says: {words.rstrip('.')}.")
    return why_unreachable(words or "ssh ended", host, uri)
