"""One ssh that forwards for us: begun, listened to, and ended with all that it started."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from ticrypt_tui.backend.drivers.libvirt.faults import why_unreachable
from ticrypt_tui.backend.drivers.libvirt.uri import HostUri
from ticrypt_tui.backend.errors import Failed, TicryptError
from ticrypt_tui.text import decoded, shown

END_SECONDS = 0.5
_WORDS = 4096
_FAILED = 255
_NO_CHANNEL = re.compile(r"channel \d+: open failed: (.*)")
_MEANINGS = (
    (r"administratively prohibited", "its ssh server does not let connections through"),
    (r"connect failed|open failed|forwarding failed", "nothing answers where the VM's screen is"),
)


@dataclass(frozen=True, slots=True)
class Ssh:
    """A running ssh; `words` is what it complains of until it ends."""

    host: str
    uri: HostUri
    process: Process
    words: asyncio.Task[bytes]

    @classmethod
    async def begun(cls, host: str, uri: HostUri, command: Sequence[str], both: int = PIPE) -> Ssh:
        """Start it with one descriptor as input and output, or with pipes."""
        process = await asyncio.create_subprocess_exec(
            *command, stdin=both, stdout=both, stderr=PIPE, start_new_session=True
        )
        return cls(host, uri, process, asyncio.create_task(_complaints(process)))

    async def ready(self) -> bool:
        """Wait for the first line that comes from the other machine; False where it ends before."""
        assert self.process.stdout is not None
        return bool(await self.process.stdout.readline())

    async def end(self) -> None:
        """End it and its children; safe twice."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()
        await asyncio.wait([self.words], timeout=END_SECONDS)
        self.words.cancel()

    async def fault(self) -> TicryptError | None:
        """Why something failed, as far as ssh knows; it is ended."""
        with suppress(TimeoutError):
            async with asyncio.timeout(END_SECONDS):
                await self.process.wait()
        by_itself = self.process.returncode == _FAILED
        await self.end()
        said = self._said()
        if refused := [found[1] for line in said if (found := _NO_CHANNEL.search(line))]:
            return self._explained(refused[-1])
        return self._explained(said[-1] if said else "ssh ended") if by_itself else None

    def _said(self) -> list[str]:
        words = self.words.result() if self.words.done() and not self.words.cancelled() else b""
        lines = (line.strip() for line in decoded(words).splitlines())
        return [line for line in lines if line and not line.startswith("Warning:")]

    def _explained(self, words: str) -> TicryptError:
        """What ssh's words mean: of a screen that is not to be had there, or of the way to it."""
        for pattern, meaning in _MEANINGS:
            if re.search(pattern, words):
                return Failed(f"Host {self.host}: {meaning}.", f"ssh says: {shown(words)}.")
        return why_unreachable(words, self.host, self.uri)


async def _complaints(process: Process) -> bytes:
    """The last that ssh writes, until it ends."""
    assert process.stderr is not None
    said = b""
    while piece := await process.stderr.read(_WORDS):
        said = (said + piece)[-_WORDS:]
    return said
