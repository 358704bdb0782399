"""Pictures as such, in terminals that have them: kitty's graphics protocol, and sixels."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import sys
import termios
import zlib
from base64 import standard_b64encode
from enum import StrEnum
from typing import TYPE_CHECKING

from PIL import Image

# The library's own package of renderables asks the terminal as it is imported, and would take the
# keys that are typed meanwhile; its encoder does not.
from textual_image._sixel import image_to_sixels

from ticrypt_tui.widgets.guest_blocks import Dots
from ticrypt_tui.widgets.guest_picture import image_of

if TYPE_CHECKING:
    from ticrypt_tui.widgets.guest_window import Window

USUAL_CELL = 10, 20
"""Pixels of a cell, across and down, where the terminal does not tell."""
CHUNK = 4096
MOST_SIXELS = 1000
"""Pixels of a picture, each way: xterm shows nothing of a larger one."""
_TOLD = re.compile(r"#(\d+);2;\d+;\d+;\d+")
PICTURE = 7823
"""The number of our picture, which each new one replaces."""
BEHIND = -(2**30) - 1
"""Behind all that has a background of its own, such as a menu (kitty's protocol, z)."""


class Graphics(StrEnum):
    """How a terminal is sent pixels."""

    KITTY = "kitty graphics"
    SIXEL = "sixels"


def cell_pixels() -> tuple[int, int]:
    """How many pixels a cell of the terminal has, across and down."""
    try:
        said = fcntl.ioctl(sys.__stdout__ or 1, termios.TIOCGWINSZ, bytes(8))
    except (OSError, ValueError):
        return USUAL_CELL
    rows, columns, width, height = struct.unpack("HHHH", said)
    if not (rows and columns and width >= columns and height >= rows):
        return USUAL_CELL
    return width // columns, height // rows


def passes_pictures(environment: dict[str, str] | os._Environ[str] = os.environ) -> bool:
    """Whether the terminal may be asked for pictures at all; tmux and screen keep them back."""
    kind = environment.get("TERM", "")
    behind = "TMUX" in environment or "STY" in environment
    return not behind and not kind.startswith(("tmux", "screen", "linux", "dumb"))


def sent(pixels: Dots, window: Window, graphics: Graphics, cell: tuple[int, int]) -> str:
    """What shows a part of a screen where the window has it in the terminal, whose top left cell
    is that of the view; the terminal's cursor stays where it is."""
    part = pixels[window.top : window.top + window.height, window.left : window.left + window.width]
    size = window.columns * cell[0], window.rows * cell[1]
    place = f"\x1b7\x1b[{window.row + 1};{window.column + 1}H"
    draw = _kitty if graphics is Graphics.KITTY else _sixels
    return f"{place}{draw(image_of(part), size, window)}\x1b8"


def taken_away(graphics: Graphics) -> str:
    """What takes our picture away; sixels go with the cells that they are in."""
    return f"\x1b_Ga=d,d=I,i={PICTURE},q=2\x1b\\" if graphics is Graphics.KITTY else ""


def _sixels(image: Image.Image, size: tuple[int, int], window: Window) -> str:
    # xterm does not choose a colour as it is told of it.
    return _TOLD.sub(r"\g<0>#\1", image_to_sixels(image.resize(size, _how(image, size))))


def _kitty(image: Image.Image, size: tuple[int, int], window: Window) -> str:
    """As few pixels as are seen; the terminal itself makes more of them."""
    if image.width > size[0] or image.height > size[1]:
        image = image.resize(size, _how(image, size))
    data = standard_b64encode(zlib.compress(image.tobytes(), 6)).decode()
    chunks = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
    facts = (
        f"a=T,f=24,o=z,s={image.width},v={image.height},c={window.columns},r={window.rows},"
        f"i={PICTURE},p=1,z={BEHIND},C=1,q=2,"
    )
    return "".join(
        f"\x1b_G{facts if not number else ''}m={int(number < len(chunks) - 1)};{chunk}\x1b\\"
        for number, chunk in enumerate(chunks)
    )


def _how(image: Image.Image, size: tuple[int, int]) -> Image.Resampling:
    smaller = size[0] < image.width or size[1] < image.height
    return Image.Resampling.BOX if smaller else Image.Resampling.NEAREST


# Finding out what a terminal has

_DOT = f"\x1b_Ga=T,f=24,s=1,v=1,c=3,r=1,i={PICTURE},q=2;AAAA\x1b\\"
_COLUMN = '\x1bP0;1;0q"1;1;1;120' + "#0?-" * 20 + "\x1b\\"
QUESTION = f"\x1b7\x1b[1;1H{_DOT}\x1b[6n{taken_away(Graphics.KITTY)}\x1b[1;1H{_COLUMN}\x1b[6n\x1b8"
"""Pictures without anything on them, and after each the question where the cursor is now: where a
terminal knows of the picture, it has moved."""


def understood(places: list[tuple[int, int]]) -> list[Graphics]:
    """What a terminal has, by where its cursor was (column and row, from 0) after each picture."""
    found = [Graphics.KITTY] if places[:1] == [(3, 0)] else []
    return found + ([Graphics.SIXEL] if len(places) > 1 and places[1][1] > 0 else [])
