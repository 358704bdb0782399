"""Keystrokes: characters and a terminal's keys as key events of the guest's keyboard."""

from __future__ import annotations

from dataclasses import dataclass

from ticrypt_tui.backend.vnc.keyboard.layouts import Layout


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
    def events(self) -> tuple[tuple[int, int, bool], ...]:
        """Keysym, scan code and whether it goes down: modifiers down, key, modifiers up."""
        raise NotImplementedError


def strokes_of(text: str, layout: Layout) -> tuple[tuple[Stroke, ...], str]:
    """The strokes that type a text, and the characters of it that the layout cannot make."""
    raise NotImplementedError


def stroke_of_key(key: str, character: str | None, layout: Layout) -> tuple[Stroke, ...]:
    """The strokes for a key as Textual names it; none where the layout cannot make it."""
    raise NotImplementedError
