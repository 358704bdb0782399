"""The journal of one unit, read by `journalctl` and followed; the child ends with its reader."""

from __future__ import annotations

import asyncio
import os
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
        lines: list[bytes] = []
        try:
            async with asyncio.timeout(SECONDS), self._reading(f"--lines={count}") as process:
                async for piece in _lines(process):
                    lines.extend(piece)
                complaint = await _complaint(process)
        except TimeoutError:
            raise DeadlineMissed(f"journalctl did not answer within {SECONDS:g} s.") from None
        if complaint:
            raise _failed(complaint)
        return tuple(each for each in map(entry, lines) if each)

    async def follow(self) -> AsyncGenerator[tuple[Entry, ...], None]:
        """The last entries, then each batch as it comes, until closed.

        Where journalctl ends, it is begun anew after the last entry; raises `Failed` where it
        gives none at all.
        """
        count = MOST if self.since else LAST
        start, cursor = f"--lines={count}", ""
        while True:
            came = False
            async with self._reading(start, "--follow") as process:
                async with aclosing(_lines(process)) as batches:
                    async for lines in batches:
                        if entries := tuple(each for each in map(entry, lines) if each):
                            came, cursor = True, entries[-1].cursor or cursor
                            yield entries
                complaint = await _complaint(process)
            if not came:
                raise _failed(complaint or "it ended by itself")
            start = f"--after-cursor={cursor}"
            await asyncio.sleep(_AGAIN)

    def of(self, level: str) -> Journal:
        """The same from another level on."""
        return replace(self, level=level)

    @asynccontextmanager
    async def _reading(self, *options: str) -> AsyncIterator[Process]:
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
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await asyncio.shield(process.wait())
            _close(process)


def _syslog(level: str) -> str:
    return "err" if level == "error" else level


async def _lines(process: Process) -> AsyncGenerator[list[bytes], None]:
    """The whole lines as they come; nothing is read while nobody asks for more."""
    assert process.stdout is not None
    rest, passing = b"", False
    while piece := await process.stdout.read(_PIECE):
        *lines, rest = (rest + piece).split(b"\n")
        if passing and lines:
            lines, passing = lines[1:], False
        if len(rest) > LONGEST:
            rest, passing = b"", True
        if lines:
            yield lines


async def _complaint(process: Process) -> str:
    """What journalctl said was wrong, where it ended; '' where it did well."""
    assert process.stderr is not None
    said = decoded(await process.stderr.read(_PIECE)).strip()
    code = await process.wait()
    return (said or f"exit code {code}") if code else ""


def _failed(complaint: str) -> Failed:
    remedy = _NO_ACCESS if "permission" in complaint.lower() else ""
    return Failed(f"The journal cannot be read: {shown(complaint.rstrip('.'))}.", remedy)


def _environment() -> dict[str, str]:
    """No colours, no pager, English complaints."""
    return {**os.environ, "LC_ALL": "C.UTF-8", "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": "cat"}


def _close(process: Process) -> None:
    """Let go of the pipes, which otherwise wait for someone to read them."""
    transport = getattr(process, "_transport", None)
    if transport is not None:
        transport.close()
