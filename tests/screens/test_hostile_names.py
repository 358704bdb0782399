"""Names that would command a terminal, on every screen, through a real pty."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pexpect
import pyte
import pytest

PROGRAM = Path(__file__).with_name("hostile_program.py")
PATIENCE = 20.0
# What a person types, and what then is on screen: every tab and every kind of dialog.
WALK = (
    ("", "hosts 25/26"), ("a", "Audit  "), (":rea\r", "3 of 3"), ("i", "Where"),
    ("w", "view configuration of"), ("q", "Where"), ("\x1b", "DRIVER"),
    (":run\r", "8 of 8"), ("i", "Where"), ("l", "logs of"), ("\t", "[2 "), ("q", "Where"),
    ("\x1b", "NAME"), ("K", "Cancel"), ("\x1b[Z\r", "Failed: "), ("\r", "8 of 8"), ("K", "Cancel"),
    ("\t", "[ ] I accept"), (" ", "Force off"), ("\x1b", "8 of 8"), ("  ", "2 marked"),
    ("K", "2 VMs?"), ("\x1b[Z\r", "2 failed"), ("\r", "2 marked"), ("?", "Keys in"),
    ("\x1b", "2 marked"), ("M", "Messages"), ("q", "2 marked"), ("\x10", "go to the tab"),
    ("v", "VM"), ("\x1b", "2 marked"), ("/zz\r", "No VM fits"), ("\x1b", "8 of 8"),
    (">", "sorted by"), (":pas\r", "4 of 4"), ("i", "Where"), ("l", "logs of"), ("q", "Where"),
    (":aud\r", "Audit log   7 shown"), ("\r", "Audit record"), ("q", "Audit log   7"),
)  # fmt: skip
SEQUENCE = re.compile(
    r"\x1b(?:\[(?P<private>[<=>?]?)[0-9;:]*(?P<between>[ -/]*)(?P<final>[@-~])"
    r"|\](?P<command>[0-9]+);[^\x07\x1b]*\x07|(?P<other>[^\[\]]))"
)
FORBIDDEN = re.compile(
    "[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\U000e0000-\U000e0fff]"
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
        self._program.send(keys)
        sleep(0.3)  # a key right behind escape would be taken for a part of it
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

    def leave(self) -> None:
        """Quit, and see that it went well."""
        self._program.send("\x11")
        self._program.expect(pexpect.EOF, timeout=PATIENCE)
        self._program.close()
        assert self._program.exitstatus == 0


def walked(kind: str, columns: int, lines: int) -> Walker:
    """The whole walk: what was written, and what was seen."""
    walker = Walker(kind, columns, lines)
    for keys, words in WALK:
        walker.step(keys, words)
    walker.leave()
    return walker


def shapes(written: str) -> set[tuple[str, ...]]:
    """The kinds of escape sequences in a text, without their numbers."""
    found: Iterator[re.Match[str]] = SEQUENCE.finditer(written)
    return {tuple(part or "" for part in each.groups()) for each in found}


@pytest.mark.slow(seconds=25)
@pytest.mark.parametrize(("columns", "lines"), [(160, 45), (80, 24)])
def test_no_screen_passes_a_control_character_of_a_name_on(columns: int, lines: int) -> None:
    harmless, hostile = (walked(kind, columns, lines) for kind in ("harmless", "hostile"))
    assert shapes(hostile.written) <= shapes(harmless.written)
    assert hostile.written.count("\x1b") == len(SEQUENCE.findall(hostile.written))
    assert FORBIDDEN.findall(SEQUENCE.sub("", hostile.written)) == []
    assert any("[red]" in line for line in hostile.seen), "markup is shown as it is written"
