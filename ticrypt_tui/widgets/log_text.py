"""Bytes of a log as lines, as they come: halves of lines and of characters are waited for."""

from __future__ import annotations

import codecs
import re

from ticrypt_tui.widgets.line_ring import LONGEST, cut

# What a guest's console writes to colour its text or to move the cursor; other escapes are shown.
_TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x1b[=>78]")


class LogText:
    """Turns what is read of a log into lines; `rest` is the line that has no end yet.

    A `plain` log is no console's: whatever would colour its text or write over it is shown, so that
    nobody can hide a line in it.
    """

    def __init__(self, *, plain: bool = False) -> None:
        self._clean = _as_it_is if plain else _clean
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self._rest = ""
        self._swallowed = 0

    @property
    def rest(self) -> str:
        return self._clean(self._rest, self._swallowed)

    def feed(self, data: bytes) -> list[str]:
        """The lines that `data` completes."""
        first, *others = self._decoder.decode(data).split("\n")
        self._extend(first)
        if not others:
            return []
        lines = [self.rest, *(self._clean(line, 0) for line in others[:-1])]
        self._rest, self._swallowed = "", 0
        self._extend(others[-1])
        return lines

    def _extend(self, part: str) -> None:
        room = max(0, 2 * LONGEST - len(self._rest))
        self._rest += part[:room]
        self._swallowed += max(0, len(part) - room)


def _clean(line: str, swallowed: int) -> str:
    """A line without colours, and of what was written over itself only the last."""
    if "\x1b" in line:
        line = _TERMINAL.sub("", line)
    return cut(line.rstrip("\r").rpartition("\r")[2], swallowed)


def _as_it_is(line: str, swallowed: int) -> str:
    """A line without the end that other systems give theirs."""
    return cut(line.removesuffix("\r"), swallowed)
