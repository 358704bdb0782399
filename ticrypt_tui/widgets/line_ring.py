"""The lines of a log that are kept: the newest, and of those that match the filter, more."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ticrypt_tui.widgets.query import Query, haystack

LINES = 50_000
CHARACTERS = 64 * 1024 * 1024
LONGEST = 10_000
MARKER = 50  # what a line that was cut before may be longer


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of a log: its text, the role that colours it, and the record that it tells of.

    `fields` are what a filter's `column:word` looks into, where the log has columns.
    """

    text: str
    role: str = ""
    record: Any = None
    fields: tuple[str, ...] = ()
    number: int = -1

    @property
    def haystack(self) -> str:
        return haystack(self.fields or (self.text,))


@dataclass(frozen=True, slots=True)
class LineCounts:
    """Lines that are shown, that were read, that are no longer kept, and that came unseen."""

    shown: int = 0
    read: int = 0
    dropped: int = 0
    new: int = 0


def cut(text: str, more: int = 0) -> str:
    """A text no longer than `LONGEST`, saying how much more it was, `more` apart."""
    more += max(0, len(text) - LONGEST)
    return f"{text[:LONGEST]}… {more:,} more characters" if more else text


class Kept:
    """The newest lines, within a bound of lines and one of characters."""

    def __init__(self, lines: int, characters: int) -> None:
        self.lines: deque[LogLine] = deque()
        self._bounds = (lines, characters)
        self._characters = 0

    def add(self, line: LogLine) -> None:
        self.lines.append(line)
        self._characters += len(line.text)
        most_lines, most_characters = self._bounds
        while len(self.lines) > most_lines or self._characters > most_characters:
            self._characters -= len(self.lines.popleft().text)

    def replace_last(self, line: LogLine) -> None:
        self._characters -= len(self.lines.pop().text)
        self.add(line)

    def reword(self, text_of: Callable[[LogLine], str]) -> None:
        lines, self.lines, self._characters = self.lines, deque(), 0
        for line in lines:
            self.add(replace(line, text=text_of(line)))


class LineRing:
    """Everything that a log view holds.

    Lines that match the filter are kept apart from the rest, so that a flood of others does not
    push them out: the filter comes before the bound.
    """

    def __init__(self, lines: int = LINES, characters: int = CHARACTERS) -> None:
        self._bounds = (lines, characters)
        self._all = Kept(lines, characters)
        self._matching: Kept | None = None
        self.query = Query()
        self.read = 0

    @property
    def shown(self) -> deque[LogLine]:
        """The lines that match, oldest first."""
        return (self._matching or self._all).lines

    @property
    def dropped(self) -> int:
        """How many lines that were read are no longer kept."""
        return self.read - sum(1 for _ in self._older()) - len(self._all.lines)

    def add(self, line: LogLine) -> None:
        """Takes a line, and gives it its number."""
        line = self._numbered(line, self.read)
        self.read += 1
        self._all.add(line)
        if self._matching is not None and self.query.holds(line.haystack):
            self._matching.add(line)

    def replace_last(self, line: LogLine) -> None:
        """Puts a fuller line in the place of the last, which was still being written."""
        line = self._numbered(line, self.read - 1)
        self._all.replace_last(line)
        if self._matching is None:
            return
        if self.shown and self.shown[-1].number == line.number:
            self._matching.replace_last(line)
        elif self.query.holds(line.haystack):
            self._matching.add(line)

    def reword(self, text_of: Callable[[LogLine], str]) -> None:
        """Gives every line that is kept another text."""
        for kept in filter(None, (self._all, self._matching)):
            kept.reword(text_of)

    @staticmethod
    def _numbered(line: LogLine, number: int) -> LogLine:
        long = len(line.text) > LONGEST + MARKER
        text = cut(line.text) if long else line.text
        return LogLine(text, line.role, line.record, line.fields, number)

    def filter_by(self, query: Query) -> None:
        held = [*self._older(), *self._all.lines]
        self.query, self._matching = query, None
        if query:
            self._matching = Kept(*self._bounds)
            for line in held:
                if query.holds(line.haystack):
                    self._matching.add(line)

    def place(self, number: int) -> int:
        """Where among the shown lines the first with at least this number stands."""
        shown = self.shown
        low, high = 0, len(shown)
        while low < high:
            middle = (low + high) // 2
            if shown[middle].number < number:
                low = middle + 1
            else:
                high = middle
        return low

    def _older(self) -> Iterator[LogLine]:
        """Matching lines that outlived the others."""
        if self._matching is None or not self._all.lines:
            return
        first = self._all.lines[0].number
        for line in self._matching.lines:
            if line.number >= first:
                return
            yield line
