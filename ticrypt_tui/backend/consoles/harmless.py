"""What of a guest's output a terminal emulator is given: text, and whole commands that it knows.

A guest is hostile: what it prints may be endless, broken, or meant for another program than ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ticrypt_tui.text import masked

LONGEST = 100
"""Characters of a command; one that goes on has no meaning, and would grow for ever."""

# ECMA-48: text, a control, a control sequence, the begin of a string, another escape sequence.
_TOKEN = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f]+)"
    r"|(?P<control>[\b\t\n\v\f\r\x0e\x0f])"
    r"|(?P<sequence>\x1b\[[0-?]{0,99}[ -/]{0,4}[@-~])"
    r"|(?P<string>\x1b[\]PX^_])"
    r"|(?P<escape>\x1b[ -/]{0,4}[0-OQ-WYZ`-~\\])"
    r"|(?P<dropped>.)",
    re.DOTALL,
)
_BEGUN = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[ -/]*)\Z")
"""A command whose end may still come."""
_ENDS = re.compile(r"[\x07\x18\x1a]|\x1b")
_KNOWN_SEQUENCE = re.compile(r"\x1b\[\??[0-9;]*[@-~]\Z")
_KNOWN_ESCAPE = re.compile(r"\x1b(?:[78DEHMc]|[()][0-~]|#8)\Z")


class Harmless:
    """Takes text as it comes, and gives what may be shown or obeyed; the rest is dropped.

    Dropped are titles and all other strings (OSC, DCS, APC), the bell, and commands that a VT220
    has not. What is dangerous in text is masked as in all foreign text.
    """

    def __init__(self) -> None:
        self._left = ""
        self._in_string = False

    def tokens(self, text: str) -> Iterator[str]:
        """Text, controls and commands, each by itself."""
        text, self._left = self._left + text, ""
        place = 0
        while place < len(text):
            if self._in_string:
                place = self._past_string(text, place)
                continue
            begun = text[place] == "\x1b" and _BEGUN.match(text, place)
            if begun and len(text) - place < LONGEST:
                self._left = text[place:]
                return
            found = _TOKEN.match(text, place)
            assert found is not None
            place = found.end()
            self._in_string = found.lastgroup == "string"
            yield from _let_through(found)

    def _past_string(self, text: str, place: int) -> int:
        """Where the string ends that a place is in: the end of the text, where that is to come."""
        end = _ENDS.search(text, place)
        if end is None:
            return len(text)
        if end[0] == "\x1b" and end.end() == len(text):
            self._left = "\x1b"
            return len(text)
        self._in_string = False
        if end[0] == "\x1b":
            return end.end() + 1 if text[end.end()] == "\\" else end.start()
        return end.end()


def _let_through(found: re.Match[str]) -> Iterator[str]:
    if found.lastgroup == "text":
        yield masked(found[0])
    elif (
        found.lastgroup == "control"
        or _KNOWN_SEQUENCE.match(found[0])
        or _KNOWN_ESCAPE.match(found[0])
    ):
        yield found[0]
