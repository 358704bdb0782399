"""The terminal that a guest's console is shown on: pyte's, kept within bounds."""

from __future__ import annotations

import codecs
import unicodedata
from collections import deque
from collections.abc import Callable
from typing import Any

import pyte
from pyte.screens import wcwidth

from ticrypt_tui.backend.consoles.harmless import Harmless
from ticrypt_tui.backend.consoles.rows import UNKNOWN, Row, row_of

KEPT = 2000
"""How many lines are kept that have left the screen at its top."""
COLUMNS, ROWS = 80, 24
MOST_MARKS = 4
MOST_SAVED = 8
_PRIVATE = 5  # pyte keeps private modes shifted by that many bits
_APPLICATION_KEYS, _BRACKETED = 1 << _PRIVATE, 2004 << _PRIVATE
_132_COLUMNS = 3

# What pyte raises for commands that have other parameters than it expects: they are passed over.
_NOT_UNDERSTOOD = (TypeError, ValueError, AssertionError, UnboundLocalError, LookupError)


class Terminal:
    """A screen, and the lines that have left it, by their numbers since the beginning.

    It never holds more than `KEPT` lines and a screen, whatever it is fed.
    """

    def __init__(self, reply: Callable[[bytes], None]) -> None:
        self._screen = _Screen(COLUMNS, ROWS, reply)
        self._stream = _stream(self._screen)
        self._harmless = Harmless()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rows: dict[int, Row] = {}

    def feed(self, data: bytes) -> None:
        """Show what the guest printed, and obey its commands."""
        for token in self._harmless.tokens(self._decoder.decode(data)):
            try:
                self._stream.feed(token)
            except _NOT_UNDERSTOOD:
                continue

    def skip(self) -> None:
        """Something was left out here: what was begun has no end."""
        self._harmless = Harmless()
        self._decoder.reset()

    def resize(self, columns: int, rows: int) -> None:
        """Have another size; what is above the cursor stays in sight, or is kept."""
        if (columns, rows) != (self.columns, self.rows) and columns > 0 and rows > 0:
            self._screen.fit(columns, rows)
            self._rows.clear()

    @property
    def columns(self) -> int:
        return int(self._screen.columns)

    @property
    def rows(self) -> int:
        return int(self._screen.lines)

    @property
    def first(self) -> int:
        """The number of the oldest line that is kept."""
        return self.top - len(self._screen.kept)

    @property
    def top(self) -> int:
        """The number of the screen's first line."""
        return self._screen.gone

    @property
    def cursor(self) -> tuple[int, int] | None:
        """The line's number and the column of the cursor; None where it is hidden."""
        cursor = self._screen.cursor
        if cursor.hidden:
            return None
        return self.top + cursor.y, min(cursor.x, self.columns - 1)

    def row(self, number: int) -> Row:
        """A line by its number; one that is not kept is empty. The same object until it changes."""
        if number < self.top:
            return self._screen.kept[number - self.first] if number >= self.first else ()
        for dirty in self._screen.dirty:
            self._rows.pop(dirty, None)
        self._screen.dirty.clear()
        y = number - self.top
        if y not in self._rows:
            self._rows[y] = self._screen.row(y) if y < self.rows else ()
        return self._rows[y]

    @property
    def application_keys(self) -> bool:
        """Whether the guest wants the other codes of arrows (DECCKM)."""
        return _APPLICATION_KEYS in self._screen.mode

    @property
    def bracketed_paste(self) -> bool:
        """Whether the guest wants to be told of a paste (mode 2004)."""
        return _BRACKETED in self._screen.mode


def _stream(screen: _Screen) -> Any:
    """A parser whose line drawing works: pyte has that only where it decodes nothing itself."""
    stream = pyte.Stream(screen)
    stream.use_utf8 = False
    return stream


class _Screen(pyte.Screen):
    """Pyte's screen with the lines that leave it, and with an end to what a guest can pile up."""

    def __init__(self, columns: int, lines: int, reply: Callable[[bytes], None]) -> None:
        self._reply = reply
        self.kept: deque[Row] = deque(maxlen=KEPT)
        self.gone = 0
        super().__init__(columns, lines)

    def row(self, y: int) -> Row:
        """A line of the screen as it is now."""
        return row_of(self.buffer[y], self.columns, self.default_char)

    def write_process_input(self, data: str) -> None:
        self._reply(data.encode())

    def index(self) -> None:
        whole = self.margins is None or self.margins.top == 0
        bottom = self.margins.bottom if self.margins else self.lines - 1
        if whole and self.cursor.y == bottom:
            self.kept.append(self.row(0))
            self.gone += 1
        super().index()

    def draw(self, data: str) -> None:
        if data.isascii():
            super().draw(data)
            return
        for character in data:
            if unicodedata.combining(character):
                if self._marks() < MOST_MARKS:
                    super().draw(character)
            else:  # pyte would drop the rest of the text behind one that has no width
                super().draw(character if wcwidth(character) > 0 else UNKNOWN)

    def _marks(self) -> int:
        """How many marks the character has that one more would be put on."""
        x, y = self.cursor.x - 1, self.cursor.y
        if x < 0:
            x, y = self.columns - 1, y - 1
        return len(self.buffer[y][x].data) if y >= 0 else 0

    def save_cursor(self) -> None:
        super().save_cursor()
        del self.savepoints[:-MOST_SAVED]

    def set_mode(self, *numbers: int, **how: Any) -> None:
        """A guest does not decide how wide our terminal is (DECCOLM)."""
        private = how.get("private")
        super().set_mode(*(n for n in numbers if not (private and n == _132_COLUMNS)), **how)

    def fit(self, columns: int, lines: int) -> None:
        """Have another size; pyte itself would cut off the top, even above nothing."""
        self.margins = None
        x, y = self.cursor.x, self.cursor.y
        self.cursor.y = self.lines - 1
        for _ in range(y + 1 - lines):
            self.index()
            y -= 1
        for below in [each for each in self.buffer if each >= lines]:
            del self.buffer[below]
        self.lines = lines
        self.resize(lines, columns)
        self.tabstops |= set(range(8, columns, 8))
        self.cursor.x, self.cursor.y = min(x, columns - 1), y
        self.dirty.update(range(lines))
