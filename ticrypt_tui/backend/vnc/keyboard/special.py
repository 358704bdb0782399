"""Keys that make no character: their X11 keysyms and XT scan codes (bit 7 for the prefix e0)."""

from __future__ import annotations

_FIRST_F = 0xFFBE
_F_CODES = (*range(0x3B, 0x45), 0x57, 0x58)

FUNCTION_KEYS = {f"f{at + 1}": (_FIRST_F + at, code) for at, code in enumerate(_F_CODES)}

SPECIAL: dict[str, tuple[int, int]] = {
    "escape": (0xFF1B, 0x01), "backspace": (0xFF08, 0x0E), "tab": (0xFF09, 0x0F),
    "enter": (0xFF0D, 0x1C), "return": (0xFF0D, 0x1C), "space": (0x20, 0x39),
    "delete": (0xFFFF, 0xD3), "insert": (0xFF63, 0xD2), "home": (0xFF50, 0xC7),
    "end": (0xFF57, 0xCF), "pageup": (0xFF55, 0xC9), "pagedown": (0xFF56, 0xD1),
    "up": (0xFF52, 0xC8), "down": (0xFF54, 0xD0), "left": (0xFF51, 0xCB),
    "right": (0xFF53, 0xCD), "menu": (0xFF67, 0xDD), "pause": (0xFF13, 0xC6),
    "print_screen": (0xFF61, 0xB7), "sysrq": (0xFF15, 0x54), "scroll_lock": (0xFF14, 0x46),
    "caps_lock": (0xFFE5, 0x3A), "num_lock": (0xFF7F, 0x45),
    **FUNCTION_KEYS,
}  # fmt: skip
"""By their names in Textual, or where it has none, by their names on the keyboard."""

MODIFIERS = {
    "control": (0xFFE3, 0x1D),
    "alt": (0xFFE9, 0x38),
    "super": (0xFFEB, 0xDB),
    "shift": (0xFFE1, 0x2A),
    "altgr": (0xFE03, 0xB8),
}
"""In the order in which they go down."""

CHARACTERS = {
    "slash": "/", "backslash": "\\", "at": "@", "minus": "-", "plus": "+", "underscore": "_",
    "quotation_mark": '"', "comma": ",", "full_stop": ".",
}  # fmt: skip
"""Textual's names of characters that are not Unicode's own."""
