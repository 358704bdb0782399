"""A followed log file as it is read: its lines, and how the file itself is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.screens.audit_proof import ago
from ticrypt_tui.widgets.followed_lines import FollowedLines
from ticrypt_tui.widgets.one_line import Piece

if TYPE_CHECKING:
    from ticrypt_tui.screens.console import Clock
    from ticrypt_tui.screens.followed_log import FollowedLog, Reading

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


class FollowedFeed:
    """One file, followed from when it is first looked at."""

    def __init__(self, log: FollowedLog, clock: Clock) -> None:
        self.log, self.lines = log, FollowedLines()
        self._clock = clock
        self._last: Reading | None = None
        self._fault = self._happened = ""

    async def run(self, changed: Callable[[], None]) -> None:
        """Follow until cancelled, or for as long as the caller may."""
        try:
            async with aclosing(self.log.readings()) as readings:
                async for reading in readings:
                    self._take(reading)
                    if not reading.more:
                        changed()
        except TicryptError as error:
            self._fault = str(error)
            changed()

    def _take(self, reading: Reading) -> None:
        self._fault = reading.fault
        if reading.happened:
            self._happened = f"{reading.happened} at {self._clock().astimezone(UTC):%H:%M:%S}Z"
            self.lines.note(self._happened)
        if reading.data:
            self.lines.feed(reading.data)
        if reading.size is not None:
            self._last = reading

    def state(self) -> list[Piece]:
        """How the file is: its size, its last line, and what is wrong with it or happened to it."""
        named = Piece(self.log.where, "bold")  # a fault names it itself
        pieces = [Piece(f"! {self._fault}", "bold $warning") if self._fault else named]
        if self._last is not None and self._last.size is not None:
            written = self._last.written
            pieces.append(Piece(f" · {in_units(self._last.size)}", "", 3))
            pieces.append(Piece(f" · {last_line(written, self._clock())}", "", 2))
        if self._happened:
            pieces.append(Piece(f" · {self._happened}", "$warning", 1))
        return pieces


def last_line(written: datetime | None, now: datetime) -> str:
    """When the file was last written to."""
    if written is None:
        return "no line yet"
    at = written.astimezone(UTC)
    day = "" if at.date() == now.astimezone(UTC).date() else f"{at:%Y-%m-%d} "
    return f"last line {day}{at:%H:%M:%S}Z, {ago(now - at)}"


def in_units(amount: int) -> str:
    """Bytes in the largest unit of which there is one, with three digits at most: 9.31 GiB."""
    size, unit = float(amount), 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{size:.0f} {_UNITS[unit]}" if size >= 100 else f"{size:.3g} {_UNITS[unit]}"
