"""Keyboard layouts: on which key, and with which modifiers, each character is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Press:
    """One key of the keyboard, by its XT scan code, with what is held down meanwhile."""

    scancode: int
    shift: bool = False
    altgr: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """A guest's keyboard layout: the presses, one after the other, that make each character.

    Where a character has several, the first press is a dead key.
    """

    name: str
    title: str
    presses: Mapping[str, tuple[Press, ...]]


LAYOUTS: Mapping[str, Layout] = {}
"""Every layout by its name, as Linux and QEMU call it; the first is the usual one."""
