"""A log file of another machine, read by ssh with the user, port and key of the host's URI."""

from __future__ import annotations

import asyncio
import shlex
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from ticrypt_tui.backend.drivers.base import LogKind
from ticrypt_tui.backend.drivers.libvirt.faults import why_unreachable
from ticrypt_tui.backend.drivers.libvirt.uri import HostUri
from ticrypt_tui.backend.errors import DeadlineMissed, Failed, TicryptError
from ticrypt_tui.backend.followed.tail import FOLLOWED_FROM
from ticrypt_tui.text import decoded

READ_SECONDS = 20.0
PIECE = 1 << 16
_SSH_FAILED = 255

# A first look says why the file cannot be read; `tail -F` would silently wait for it.
# Without a terminal the remote tail would outlive its reader: it is ended when our end closes.
_FOLLOW = """
tail -c 1 -- "$1" >/dev/null || exit 1
tail -c "$2" -F -- "$1" 2>/dev/null &
cat >/dev/null
kill $!
"""


class RemoteLog:
    """One file on a host that ssh reaches."""

    def __init__(self, kind: LogKind, host: str, uri: HostUri, path: str) -> None:
        self.kind, self.where = kind, f"{uri.machine}:{path}"
        self._host, self._uri, self._path = host, uri, path

    async def last(self, size: int) -> bytes:
        async with _ssh(self._uri, shlex.join(["tail", "-c", str(size), "--", self._path])) as tail:
            try:
                async with asyncio.timeout(READ_SECONDS):
                    found, complaint = await tail.communicate()
            except TimeoutError:
                missed = f"Host {self._host} did not send {self.where} within {READ_SECONDS:g} s."
                raise DeadlineMissed(missed) from None
            if tail.returncode:
                raise self._fault(tail.returncode, complaint)
            return found

    async def follow(self) -> AsyncGenerator[bytes, None]:
        script = ["sh", "-c", _FOLLOW, "follow", self._path, str(FOLLOWED_FROM)]
        async with _ssh(self._uri, shlex.join(script)) as tail:
            assert tail.stdout is not None
            assert tail.stderr is not None
            while piece := await tail.stdout.read(PIECE):
                yield piece
            complaint = await tail.stderr.read(PIECE)
            raise self._fault(await tail.wait(), complaint)

    def _fault(self, code: int, complaint: bytes) -> TicryptError:
        words = " ".join(decoded(complaint).split()).removeprefix("tail: ")
        if code == _SSH_FAILED:
            return why_unreachable(words or "ssh ended", self._host, self._uri)
        return Failed(f"Host {self._host}: {words or f'reading ended with {code}'}.")


def ssh_command(uri: HostUri, remote: str, more: Sequence[str] = ()) -> list[str]:
    """The ssh command that runs a shell command on a host, never asking anything.

    `more` options go first, which is what counts; '' runs nothing there.
    """
    options = [*more, "-T", "-e", "none", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR"]
    if uri.port:
        options += ["-p", str(uri.port)]
    if uri.user:
        options += ["-l", uri.user]
    if uri.key_file:
        options += ["-i", uri.key_file]
    if not uri.verified:
        options += ["-o", "StrictHostKeyChecking=no"]
    return [uri.ssh_program, *options, "--", uri.machine, *([remote] if remote else [])]


@asynccontextmanager
async def _ssh(uri: HostUri, remote: str) -> AsyncIterator[Process]:
    """The remote command with its three streams as pipes, ended with the context."""
    process = await asyncio.create_subprocess_exec(
        *ssh_command(uri, remote), stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
