"""Draws text screens as VGA and Linux do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ticrypt_tui.backend.vnc.framebuffer import Rect
from ticrypt_tui.backend.vnc.recognition.fonts import Font, fonts_of, sizes
from ticrypt_tui.backend.vnc.recognition.reader import TextScreen

GREY, BLACK, BLUE = 0xAAAAAA, 0x000000, 0x0000AA
BOOT = [
    "SeaBIOS (version 1.16.2-debian-1.16.2-1)",
    "",
    "Booting from Hard Disk...",
    "tiny-linux ready on 6.1.0-56-amd64",
    "/ # echo 'a@b|c~d{e}' > /tmp/x && cat /tmp/x",
]

Pixels = NDArray[np.uint32]


def all_fonts() -> Iterator[Font]:
    """Every font at every size of cell, VGA's 9 pixels among them."""
    for size in sizes():
        yield from fonts_of(*size)


def font_named(name: str, width: int = 8, height: int = 16) -> Font:
    return next(each for each in fonts_of(width, height) if each.name == name)


class Drawing:
    """A picture of so many cells of a font, which may stand somewhere in a bigger one."""

    def __init__(
        self, font: Font, columns: int = 80, rows: int = 25, left: int = 0, top: int = 0
    ) -> None:
        self.font, self.columns, self.rows = font, columns, rows
        self.left, self.top = left, top
        width, height = columns * font.width + left, rows * font.height + top
        self.pixels: Pixels = np.zeros((height, width), np.uint32)

    def cell(self, row: int, column: int) -> Pixels:
        top = self.top + row * self.font.height
        left = self.left + column * self.font.width
        return self.pixels[top : top + self.font.height, left : left + self.font.width]

    def put(self, row: int, column: int, ink: NDArray[np.bool_], colours: tuple[int, int]) -> None:
        self.cell(row, column)[:] = np.where(ink, *map(np.uint32, colours))

    def write(
        self, lines: Sequence[str], row: int = 0, ink: int = GREY, ground: int = BLACK
    ) -> Drawing:
        for number, line in enumerate(lines, row):
            for column, character in enumerate(line):
                glyph = self.font.ink[self.font.characters.index(character)]
                self.put(number, column, glyph, (ink, ground))
        return self

    def cover(self, row: int, column: int, first: int, end: int, ink: int = GREY) -> None:
        """VGA's cursor: lines of ink."""
        self.cell(row, column)[first:end] = ink

    def swap(self, row: int, column: int, lines: int, ink: int = GREY, ground: int = BLACK) -> None:
        """Linux's cursor on a framebuffer: ink and ground change places in the lowest lines."""
        low = self.cell(row, column)[-lines:]
        low[:] = np.where(low == ink, np.uint32(ground), np.uint32(ink))

    def rect(self, row: int, column: int) -> Rect:
        """The part of the picture that a cell is."""
        width, height = self.font.width, self.font.height
        return Rect(self.left + column * width, self.top + row * height, width, height)

    @property
    def whole(self) -> list[Rect]:
        height, width = self.pixels.shape
        return [Rect(0, 0, width, height)]


def read(screen: TextScreen | None) -> TextScreen:
    assert screen is not None
    return screen
