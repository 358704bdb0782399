"""A person at a real terminal, who waits for what a key does before the next one."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from time import monotonic, sleep

import pexpect
import pyte

PROGRAM = Path(__file__).with_name("hostile_program.py")
PATIENCE = 60.0
SEQUENCE = re.compile(
    r"\x1b(?:\[(?P<private>[<=>?]?)[0-9;:]*(?P<between>[ -/]*)(?P<final>[@-~])"
    r"|\](?P<command>[0-9]+);[^\x07\x1b]*\x07|(?P<other>[^\[\]]))"
)


class Walker:
    """A person at a terminal, who waits for what a key does before the next one."""

    def __init__(self, kind: str, columns: int, lines: int) -> None:
        environment = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TZ": "UTC"}
        self._program = pexpect.spawn(
            sys.executable, [str(PROGRAM), kind], dimensions=(lines, columns), encoding="utf-8",
            env=environment, codec_errors="surrogateescape",
        )  # fmt: skip
        self._program.delaybeforesend = None
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.Stream(self._screen)
        self.written = ""
        self.seen: set[str] = set()

    def step(self, keys: str, words: str) -> None:
        """Type, and wait until the words are on screen."""
        there = words in self._on_screen()
        self._program.send(keys)
        if there:
            sleep(0.4)  # the words alone do not tell that the keys were dealt with
        end = monotonic() + PATIENCE
        while words not in self._on_screen() or self._more():
            assert monotonic() < end, f"after {keys!r} no {words!r}:\n{self._on_screen()}"

    def _on_screen(self) -> str:
        try:
            new = self._program.read_nonblocking(65536, 0.1)
        except pexpect.TIMEOUT:
            new = ""
        self.written += new
        self._stream.feed(SEQUENCE.sub(lambda each: "" if each["command"] else each[0], new))
        rows, places = range(self._screen.lines), range(self._screen.columns)
        lines = ["".join(self._screen.buffer[y][x].data for x in places) for y in rows]
        self.seen |= set(lines)
        return "\n".join(lines)

    def _more(self) -> bool:
        """Whether the program still writes."""
        before = len(self.written)
        self._on_screen()
        return len(self.written) > before

    def rest(self, seconds: float) -> None:
        """Touch no key for a while."""
        end = monotonic() + seconds
        while monotonic() < end:
            self._on_screen()

    def rest_until_quiet(self, seconds: float = 2.5) -> None:
        """Touch no key until nothing was written for a while."""
        end = monotonic() + PATIENCE
        before = -1
        while before < (before := len(self.written)):
            assert monotonic() < end, "it does not stop writing"
            self.rest(seconds)

    def leave(self) -> None:
        """Quit, and see that it went well."""
        self._program.send("\x11")
        self._program.expect(pexpect.EOF, timeout=PATIENCE)
        self._program.close()
        assert self._program.exitstatus == 0
