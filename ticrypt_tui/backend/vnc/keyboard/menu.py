"""The combinations that a terminal cannot send, or keeps for itself, by their names."""

from __future__ import annotations

from string import ascii_lowercase, digits

from ticrypt_tui.backend.vnc.keyboard.layouts import LAYOUTS, USUAL
from ticrypt_tui.backend.vnc.keyboard.special import FUNCTION_KEYS, SPECIAL
from ticrypt_tui.backend.vnc.keyboard.strokes import Stroke, strokes_of


def _menu() -> dict[str, Stroke]:
    everyday = {
        "Ctrl-Alt-Del": Stroke(*SPECIAL["delete"], control=True, alt=True),
        "Ctrl-Alt-Backspace": Stroke(*SPECIAL["backspace"], control=True, alt=True),
        "Ctrl-]": Stroke(ord("]"), 0x1B, control=True),
        "PrintScreen": Stroke(*SPECIAL["print_screen"]),
        "Pause": Stroke(*SPECIAL["pause"]),
        "ScrollLock": Stroke(*SPECIAL["scroll_lock"]),
        "Super": Stroke(0xFFEB, 0xDB),
    }
    consoles = {
        f"Ctrl-Alt-{name.upper()}": Stroke(*codes, control=True, alt=True)
        for name, codes in FUNCTION_KEYS.items()
    }
    return {**everyday, **consoles}


MENU = _menu()
"""What is one stroke. Beside these there is SysRq with a letter or digit: `SYSRQ`."""

SYSRQ = tuple(f"SysRq-{letter}" for letter in ascii_lowercase + digits)

COMBINATIONS = (*MENU, *SYSRQ)
"""The names of all, as they are offered."""


def events_of(combination: str) -> tuple[tuple[int, int, bool], ...]:
    """Keysym, scan code and whether it goes down, one after the other; raises `KeyError`.

    SysRq is held down with Alt while its letter, which counts by its place, is pressed.
    """
    if combination in MENU:
        return MENU[combination].events
    if combination not in SYSRQ:
        raise KeyError(combination)
    ((letter,), _) = strokes_of(combination[-1], LAYOUTS[USUAL])
    held = Stroke(*SPECIAL["sysrq"], alt=True).events
    middle = len(held) // 2
    return (*held[:middle], *letter.events, *held[middle:])
