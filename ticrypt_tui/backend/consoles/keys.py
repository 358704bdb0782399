"""What a terminal sends for a key: the bytes of a VT220, and xterm's where that has none."""

from __future__ import annotations

from collections.abc import Mapping

_PLAIN: Mapping[str, str] = {
    "enter": "\r", "tab": "\t", "backspace": "\x7f", "escape": "\x1b", "shift+tab": "\x1b[Z",
    "shift+enter": "\r", "ctrl+enter": "\r", "ctrl+backspace": "\b", "shift+backspace": "\x7f",
    "space": " ", "shift+space": " ", "ctrl+space": "\0", "ctrl+at": "\0", "ctrl+slash": "\x1f",
    "ctrl+underscore": "\x1f", "ctrl+minus": "\x1f", "ctrl+backslash": "\x1c",
    "ctrl+left_square_bracket": "\x1b", "ctrl+right_square_bracket": "\x1d",
    "ctrl+circumflex_accent": "\x1e", "ctrl+question_mark": "\x7f",
}  # fmt: skip
_CURSOR: Mapping[str, str] = {
    "up": "A", "down": "B", "right": "C", "left": "D", "home": "H", "end": "F",
}  # fmt: skip
_FUNCTION: Mapping[str, str] = {"f1": "P", "f2": "Q", "f3": "R", "f4": "S"}
_EDITING: Mapping[str, int] = {
    "insert": 2, "delete": 3, "pageup": 5, "pagedown": 6, "f5": 15, "f6": 17, "f7": 18, "f8": 19,
    "f9": 20, "f10": 21, "f11": 23, "f12": 24, "f13": 25, "f14": 26, "f15": 28, "f16": 29,
    "f17": 31, "f18": 32, "f19": 33, "f20": 34,
}  # fmt: skip
_MODIFIERS: Mapping[str, int] = {"shift": 1, "alt": 2, "ctrl": 4}
_BRACKETS = "\x1b[200~", "\x1b[201~"


def bytes_of_key(key: str, character: str | None, *, application: bool = False) -> bytes:
    """What is sent for a key as Textual names it; nothing for one that a terminal has not.

    `application` says that the guest asked for the other codes of arrows (DECCKM).
    """
    if key in _PLAIN:
        return _PLAIN[key].encode()
    *held, name = key.split("+")
    if "alt" in held and (rest := _without_alt(held, name, character)):
        return b"\x1b" + rest
    modifiers = sum(_MODIFIERS.get(each, 0) for each in held)
    if sequence := _sequence(name, modifiers, application):
        return sequence.encode()
    if "ctrl" in held and len(name) == 1 and name.isascii() and name.isalpha():
        return bytes([ord(name.upper()) & 0x1F])
    return character.encode(errors="replace") if character and len(character) == 1 else b""


def _without_alt(held: list[str], name: str, character: str | None) -> bytes:
    """What the same key sends without Alt, of those whose Alt is an escape before it."""
    if _sequence(name, 0, False):
        return b""
    left = "+".join([*(each for each in held if each != "alt"), name])
    return bytes_of_key(left, character or (name if len(name) == 1 else None))


def _sequence(name: str, modifiers: int, application: bool) -> str:
    if name in _CURSOR:
        plain = f"\x1b{'O' if application else '['}{_CURSOR[name]}"
        return f"\x1b[1;{modifiers + 1}{_CURSOR[name]}" if modifiers else plain
    if name in _FUNCTION:
        plain = f"\x1bO{_FUNCTION[name]}"
        return f"\x1b[1;{modifiers + 1}{_FUNCTION[name]}" if modifiers else plain
    if name in _EDITING:
        return f"\x1b[{_EDITING[name]}{f';{modifiers + 1}' if modifiers else ''}~"
    return ""


def bytes_of_text(text: str, *, bracketed: bool = False) -> bytes:
    """What is sent for a text that is pasted: the ends of its lines as Enter, and no control that
    could end the brackets, in which it stands where the guest asked for them."""
    lines = "\r".join(text.replace("\r\n", "\n").split("\n"))
    typed = "".join(each for each in lines if each in "\r\t" or (each >= " " and each != "\x7f"))
    typed = "".join(each for each in typed if not "\x80" <= each <= "\x9f")
    first, last = _BRACKETS if bracketed else ("", "")
    return f"{first}{typed}{last}".encode(errors="replace")
