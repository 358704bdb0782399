"""Keystrokes: characters and a terminal's keys as key events of the guest's keyboard."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

from asyncvnc import key_codes

from ticrypt_tui.backend.vnc.keyboard.layouts import Layout, Press
from ticrypt_tui.backend.vnc.keyboard.special import CHARACTERS, MODIFIERS, SPECIAL

_UNICODE_KEYSYM = 0x01000000
_LATIN_1 = 0x100

_DEAD = {
    "\u0300": "dead_grave", "\u0301": "dead_acute", "\u0302": "dead_circumflex",
    "\u0303": "dead_tilde", "\u0304": "dead_macron", "\u0306": "dead_breve",
    "\u0307": "dead_abovedot", "\u0308": "dead_diaeresis", "\u030a": "dead_abovering",
    "\u030b": "dead_doubleacute", "\u030c": "dead_caron", "\u0327": "dead_cedilla",
    "\u0328": "dead_ogonek",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stroke:
    """One key pressed and let go, with the modifiers that are held meanwhile.

    `scancode` is the XT code as RFB's QEMU extension has it: bit 7 stands for the prefix e0.
    """

    keysym: int
    scancode: int
    shift: bool = False
    altgr: bool = False
    control: bool = False
    alt: bool = False
    super: bool = False

    @property
    def held(self) -> tuple[tuple[int, int], ...]:
        """The keysym and the scan code of each modifier, in the order in which they go down."""
        return tuple(codes for name, codes in MODIFIERS.items() if getattr(self, name))

    @property
    def events(self) -> tuple[tuple[int, int, bool], ...]:
        """Keysym, scan code and whether it goes down: modifiers down, key, modifiers up."""
        down = [*self.held, (self.keysym, self.scancode)]
        return (*((*key, True) for key in down), *((*key, False) for key in reversed(down)))


def strokes_of(text: str, layout: Layout) -> tuple[tuple[Stroke, ...], str]:
    """The strokes that type a text, and the characters of it that the layout cannot make.

    A line's end is Enter, however it is written.
    """
    strokes: list[Stroke] = []
    skipped = []
    for character in text.replace("\r\n", "\n").replace("\r", "\n"):
        found = _character(character, layout)
        strokes += found
        if not found:
            skipped.append(character)
    return tuple(strokes), "".join(skipped)


def stroke_of_key(key: str, character: str | None, layout: Layout) -> tuple[Stroke, ...]:
    """The strokes for a key as Textual names it; none where the layout cannot make it."""
    *modifiers, name = _parts(key)
    if character and character.isprintable() and not {*modifiers} - {"shift"}:
        return _character(character, layout)
    strokes = _named(name, layout)
    names = {"ctrl": "control", "meta": "alt", "hyper": "super"}
    held = {names.get(each, each): True for each in modifiers}
    if not strokes or not held.keys() <= MODIFIERS.keys():
        return ()
    return (*strokes[:-1], replace(strokes[-1], **held))


def _parts(key: str) -> list[str]:
    """`ctrl+shift+f1` taken apart; the key itself may be a plus."""
    return [*key[:-2].split("+"), "+"] if key.endswith("++") else key.split("+")


def _named(name: str, layout: Layout) -> tuple[Stroke, ...]:
    if name in SPECIAL:
        return (Stroke(*SPECIAL[name]),)
    if len(name) == 1:
        return _character(name, layout)
    try:
        spelt = unicodedata.lookup(name.replace("_", " "))
    except KeyError:
        spelt = ""
    spelt = CHARACTERS.get(name, spelt)
    return _character(spelt, layout) if spelt else ()


def _character(character: str, layout: Layout) -> tuple[Stroke, ...]:
    named = {"\n": "enter", "\t": "tab"}.get(character)
    if named:
        return (Stroke(*SPECIAL[named]),)
    return tuple(_strokes(layout.presses(character)))


def _strokes(presses: tuple[Press, ...]) -> Iterator[Stroke]:
    for press in presses:
        yield Stroke(keysym(press.character), press.scancode, press.shift, press.altgr)


def keysym(character: str) -> int:
    """The X11 keysym of a character; of a combining one, that of its dead key."""
    if character in _DEAD:
        return int(key_codes[_DEAD[character]])
    point = ord(character)
    if point < _LATIN_1:
        return point
    return int(key_codes.get(character, _UNICODE_KEYSYM + point))
