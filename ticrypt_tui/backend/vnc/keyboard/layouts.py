"""Keyboard layouts: on which key, and with which modifiers, each character is."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ticrypt_tui.backend.vnc.keyboard.tables import KEYS, TABLES

USUAL = "us"
SPACE = 0x39

_AFTER_DEAD = {"\u0302": "^", "\u0300": "`", "\u0303": "~"}
"""What a dead key and then the space bar make, on Linux and Windows alike."""


@dataclass(frozen=True, slots=True)
class Press:
    """One key of the keyboard, by its XT scan code, with what is held down meanwhile.

    `character` is what is on the key: a combining character is a dead key.
    """

    character: str
    scancode: int
    shift: bool = False
    altgr: bool = False


@dataclass(frozen=True)
class Layout:
    """A guest's keyboard layout, by its name as Linux has it."""

    name: str
    title: str
    rows: tuple[str, ...]

    def presses(self, character: str) -> tuple[Press, ...]:
        """The presses, one after the other, that make a character; none where it cannot."""
        if character in self._keys:
            return (self._keys[character],)
        accent, base = self._apart(unicodedata.normalize("NFD", character))
        keys = (self._keys.get(accent), self._keys.get(base))
        return tuple(each for each in keys if each) if all(keys) else ()

    def _apart(self, character: str) -> tuple[str, str]:
        """The dead key of an accented character or of an accent alone, and what comes after it."""
        if len(character) == 2 and unicodedata.combining(character[1]):
            return character[1], character[0]
        dead = next((each for each, alone in _AFTER_DEAD.items() if alone == character), "")
        return dead, " "

    @cached_property
    def _keys(self) -> dict[str, Press]:
        """Every character that one press makes; of several, with the fewest modifiers."""
        found = {" ": Press(" ", SPACE)}
        for level, row in enumerate(self.rows):
            for character, key in zip(row, KEYS, strict=False):
                if character != " ":
                    press = Press(character, key, bool(level & 1), bool(level & 2))
                    found.setdefault(character, press)
        return found


LAYOUTS: Mapping[str, Layout] = {
    name: Layout(name, title, rows) for name, (title, rows) in TABLES.items()
}
"""Every layout by its name; the first is the usual one."""
