"""The journal of one unit, read by `journalctl` and followed; the child ends with its reader."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from ticrypt_tui.backend.errors import DeadlineMissed, Failed
from ticrypt_tui.backend.units.entries import FIELDS, LONGEST, Entry, entry
from ticrypt_tui.text import decoded, shown

JOURNALCTL = ("journalctl",)
LAST = 500
"""Entries that a log begins with where nothing says since when."""
MOST = 50_000
"""Entries that it begins with at most: as many lines as a log's view keeps."""
SECONDS = 10.0
_PIECE = 1 << 16
_AGAIN = 1.0
_NO_ACCESS = "Reading the journal needs the group systemd-journal."


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal of a unit, from a level on and since a moment; what comes is in batches."""

    unit: str
    level: str = "debug"
    since: datetime | None = None
    command: Sequence[str] = field(default=JOURNALCTL, repr=False)

    async def newest(self, count: int) -> tuple[Entry, ...]:
        """The last entries, oldest first; raises `Failed` with what journalctl says."""
        found: list[Entry] = []
        try:
            async with (
                asyncio.timeout(SECONDS),
                self._reading(f"--lines={count}") as child,
                aclosing(child.entries()) as batches,
            ):
                async for entries in batches:
                    found.extend(entries)
        except TimeoutError:
            raise DeadlineMissed(f"journalctl did not answer within {SECONDS:g} s.") from None
        if child.fault:
            raise _failed(child.fault)
        return tuple(found)

    async def follow(self) -> AsyncGenerator[tuple[Entry, ...], None]:
        """The last entries, then each batch as it comes, until closed.

        Where journalctl ends, it is begun anew after the last entry; raises `Failed` where it
        gives none at all.
        """
        start = f"--lines={MOST if self.since else LAST}"
        while True:
            cursor = ""
            async with (
                self._reading(start, "--follow") as child,
                aclosing(child.entries()) as batches,
            ):
                async for entries in batches:
                    cursor = entries[-1].cursor or cursor
                    yield entries
            if not cursor:
                raise _failed(child.fault or "journalctl ended by itself")
            start = f"--after-cursor={cursor}"
            await asyncio.sleep(_AGAIN)

    def of(self, level: str) -> Journal:
        """The same from another level on."""
        return replace(self, level=level)

    @asynccontextmanager
    async def _reading(self, *options: str) -> AsyncIterator[_Child]:
        """A journalctl that is killed where it has not ended."""
        since = [f"--since=@{self.since.timestamp():.6f}"] if self.since else []
        priority = [] if self.level == "debug" else [f"--priority={_syslog(self.level)}"]
        words = [
            *self.command, f"--unit={self.unit}", "--output=json", "--all", "--no-pager",
            f"--output-fields={FIELDS}", *priority, *since, *options,
        ]  # fmt: skip
        try:
            process = await asyncio.create_subprocess_exec(
                *words, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, env=_environment(),
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise Failed(f"journalctl cannot be run: {error.strerror}.") from None
        try:
            yield _Child(process)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await asyncio.shield(_ended(process))


def _syslog(level: str) -> str:
    return "err" if level == "error" else level


class _Child:
    """A running journalctl: its entries, and once it has ended badly, its fault."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._pieces: asyncio.Queue[tuple[bool, bytes]] = asyncio.Queue(maxsize=4)
        self._complaint = ""
        self.fault = ""

    async def entries(self) -> AsyncGenerator[tuple[Entry, ...], None]:
        """Entries as they come, and what journalctl says beside them; nothing is read ahead."""
        streams = (self._process.stdout, self._process.stderr)
        pumps = [asyncio.create_task(self._pump(each, each is streams[0])) for each in streams]
        lines = _Lines()
        try:
            for _ in streams:
                async for is_output, piece in self._until_end():
                    found = lines.entries(piece) if is_output else self._complained(piece)
                    if found:
                        yield found
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.wait(pumps)
        if code := await self._process.wait():
            self.fault = self._complaint.strip() or f"exit code {code}"

    async def _pump(self, stream: asyncio.StreamReader | None, is_output: bool) -> None:
        assert stream is not None
        while piece := await stream.read(_PIECE):
            await self._pieces.put((is_output, piece))
        await self._pieces.put((is_output, b""))

    async def _until_end(self) -> AsyncIterator[tuple[bool, bytes]]:
        """What comes of both streams until one of them ends."""
        while (each := await self._pieces.get())[1]:
            yield each

    def _complained(self, piece: bytes) -> tuple[Entry, ...]:
        """Such as that one's groups do not let one see all of the journal."""
        self._complaint = (self._complaint + decoded(piece))[-_PIECE:]
        return (Entry(None, "warning", "journalctl", decoded(piece).strip()),)


class _Lines:
    """Bytes as entries: half a line is waited for, one that is far too long is passed over."""

    def __init__(self) -> None:
        self._rest, self._passing = b"", False

    def entries(self, piece: bytes) -> tuple[Entry, ...]:
        """The entries that are whole by now."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        if self._passing and lines:
            lines, self._passing = lines[1:], False
        if len(self._rest) > LONGEST:
            self._rest, self._passing = b"", True
        return tuple(each for each in map(entry, lines) if each)


async def _ended(process: Process) -> None:
    """Wait for the end of one that was killed; what it had written is in the way until read."""
    for stream in (process.stdout, process.stderr):
        while stream and await stream.read(_PIECE):
            pass
    await process.wait()


def _failed(complaint: str) -> Failed:
    remedy = _NO_ACCESS if "permission" in complaint.lower() else ""
    return Failed(f"The journal cannot be read: {shown(complaint.rstrip('.'))}.", remedy)


def _environment() -> dict[str, str]:
    """No colours, no pager, English complaints."""
    return {**os.environ, "LC_ALL": "C.UTF-8", "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": "cat"}
