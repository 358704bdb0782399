"""Log files that never change, at places that are no test's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime

from ticrypt_tui.backend.followed.search import Progress, Window
from ticrypt_tui.backend.followed.tail import Reading

WRITTEN = datetime(2026, 11, 21, 14, 5, 29, tzinfo=UTC)
LINES = b"".join(
    b"2026-11-21T14:%02d:%02dZ INFO  ticrypt-auth[811]: session %d of %s opened from 10.4.0.%d\n"
    % (each // 60, each % 60, 4000 + each, (b"alice", b"bob", b"carol")[each % 3], each % 250)
    for each in range(300)
)
KERNEL = (
    b'type=SYSCALL msg=audit(1795269927.112:911): syscall=59 success=yes exe="/usr/bin/sudo"\n'
    b"type=USER_CMD msg=audit(1795269929.004:912): \x1b]0;mine\x07 cmd=\rnothing to see \xff\xfe\n"
    + b"type=PROCTITLE msg=audit(1795269929.004:912): proctitle="
    + b"6C73" * 5000
    + b"\n"
)


@dataclass
class FakeSearch:
    """Finds one place, if `nowhere` is not what is sought."""

    async def find(
        self, text: str, *, after: int | None = None, before: int | None = None
    ) -> AsyncGenerator[Progress, None]:
        yield Progress(4 << 30, 10_000_000_000, None if text == "nowhere" else 5_700_000_000)

    async def around(self, at: int) -> Window:
        lines = LINES.splitlines(keepends=True)
        parts = (b"".join(part) for part in (lines[:152], lines[152:153], lines[153:]))
        before, line, behind = parts
        return Window(before, line, behind, at, at, at, at, 10_000_000_000)

    def close(self) -> None: ...


@dataclass
class FakeFollowed:
    """A file with these readings, and none after them."""

    title: str
    where: str
    made: tuple[Reading, ...] = ()

    def watched(self, watched: bool) -> None: ...

    async def readings(self) -> AsyncGenerator[Reading, None]:
        for reading in self.made:
            yield reading
        await asyncio.Event().wait()

    def search(self) -> FakeSearch:
        return FakeSearch()


def followed() -> tuple[FakeFollowed, ...]:
    """tiCrypt's own log, the kernel's, and one that nobody has written to yet."""
    log, kernel, mail = (
        "/var/log/ticrypt/audit.log",
        "/var/log/audit/audit.log",
        "/var/log/mail.log",
    )
    missing = f"There is no {mail}: nothing was written yet, or it was removed."
    return (
        FakeFollowed("ticrypt/audit.log", log, (Reading(LINES, "", 9_995_116_277, WRITTEN),)),
        FakeFollowed(
            "audit/audit.log",
            kernel,
            (
                Reading(KERNEL, "", 20_224, WRITTEN),
                Reading(b"", "rotated: a new file is in its place", 0, WRITTEN),
                Reading(b"type=DAEMON_ROTATE msg=audit(1795269930.1:913)\n", "", 48, WRITTEN),
            ),
        ),
        FakeFollowed("mail.log", mail, (Reading(fault=missing),)),
    )
