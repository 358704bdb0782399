"""A damaged picture is read in part or not at all; what is read is on the picture, or nearly."""

from __future__ import annotations

import random
import string
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.backend.vnc.recognition.drawing import (
    BLACK,
    BLUE,
    GREY,
    Drawing,
    font_named,
    read,
)
from ticrypt_tui.backend.vnc.recognition.fonts import Font
from ticrypt_tui.backend.vnc.recognition.reader import Reader, TextScreen

FONTS = [
    font_named("vga-8x16", 9),
    font_named("linux-8x16"),
    font_named("vga-8x8", 8, 8),
    font_named("fixed-8x16"),
    font_named("linux-16x32", 16, 32),
]
POINTER = [  # of the usual arrow, black with a white edge
    "X          ", "XX         ", "X.X        ", "X..X       ", "X...X      ", "X....X     ",
    "X.....X    ", "X......X   ", "X.......X  ", "X........X ", "X.....XXXXX", "X..X..X    ",
    "X.X X..X   ", "XX  X..X   ", "X    X..X  ", "     X..X  ", "      X..X ", "      X..X ",
    "       XX  ",
]  # fmt: skip


def full_of_text(font: Font, seed: int = 1) -> tuple[Drawing, list[str]]:
    chance = random.Random(seed)
    lines = ["".join(chance.choices(string.printable[:94], k=80)) for _ in range(25)]
    return Drawing(font).write(lines), lines


def wrong(screen: TextScreen, lines: list[str]) -> list[tuple[str, str]]:
    """What was read that was not written: the pairs of both."""
    pairs = zip("".join(lines), (c.character for row in screen.rows for c in row), strict=True)
    return [(written, shown) for written, shown in pairs if shown not in ("", written)]


def differences(screen: TextScreen, page: Drawing, rows: range = range(25)) -> int:
    """The most pixels in which a cell that was read differs from what the picture has there."""
    most = 0
    for row in rows:
        for column, cell in enumerate(screen.rows[row]):
            if cell.character and (row, column) != screen.cursor:
                inks = glyphs(page.font, cell.character)
                drawn = np.where(inks, np.uint32(cell.foreground), np.uint32(cell.background))
                most = max(most, int((drawn != page.cell(row, column)).sum(axis=(1, 2)).min()))
    return most


@cache
def glyphs(font: Font, character: str) -> NDArray[np.bool_]:
    return font.ink[[i for i, each in enumerate(font.characters) if each == character]]


def apart(font: Font, one: str, other: str) -> int:
    """The pixels in which the glyphs of two characters differ, at the least."""
    pairs = glyphs(font, one)[:, None] != glyphs(font, other)[None]
    return int(pairs.sum(axis=(2, 3)).min())


@pytest.mark.parametrize("share", [0.0002, 0.001, 0.005, 0.02, 0.5])
def test_noise_of_the_texts_own_colours_makes_no_character_that_is_not_there(share: float) -> None:
    for font in FONTS:
        page, lines = full_of_text(font)
        hit = np.random.default_rng(1).random(page.pixels.shape) < share
        page.pixels[hit] ^= np.uint32(GREY)
        screen = Reader().read(page.pixels, page.whole)
        if screen is None:
            assert share >= 0.001
            continue
        assert differences(screen, page) <= font.most_differences
        # What is that near to another character may have become it.
        twins = [apart(font, *pair) for pair in wrong(screen, lines)]
        assert len(twins) <= 2
        assert all(each <= font.most_differences for each in twins), font.name


def test_noise_of_all_colours_never_makes_a_wrong_character() -> None:
    for share in (0.0005, 0.002, 0.5):
        page, lines = full_of_text(FONTS[0])
        chance = np.random.default_rng(1)
        hit = chance.random(page.pixels.shape) < share
        page.pixels[hit] = chance.integers(0, 1 << 24, int(hit.sum()))
        screen = Reader().read(page.pixels, page.whole)
        assert (screen is None) == (share == 0.5)
        assert screen is None or wrong(screen, lines) == []


def test_a_blurred_picture_is_no_text() -> None:
    for font in FONTS:
        page, lines = full_of_text(font)
        grey = (page.pixels & 0xFF).astype(np.uint32)
        blurred = (2 * grey + np.roll(grey, 1, axis=1) + np.roll(grey, 1, axis=0)) // 4 * 0x010101
        assert Reader().read(blurred, page.whole) is None
        half = page.pixels.copy()
        half[: half.shape[0] // 4] = blurred[: half.shape[0] // 4]
        screen = read(Reader().read(half, page.whole))
        assert wrong(screen, lines) == []
        assert screen.lines()[-10:] == [line.rstrip() for line in lines[-10:]]


def test_half_drawn_pictures_show_what_is_on_them() -> None:
    for font in FONTS:
        page, old = full_of_text(font, 1)
        other, new = full_of_text(font, 2)
        reader = Reader()
        read(reader.read(page.pixels, page.whole))
        for line in range(3, page.pixels.shape[0], 47):
            page.pixels[:line] = other.pixels[:line]
            screen = read(reader.read(page.pixels, page.whole))
            cut = line // font.height
            assert differences(screen, page, range(cut, cut + 1)) <= font.most_differences
            assert screen.lines()[:cut] == [each.rstrip() for each in new[:cut]]
            assert screen.lines()[cut + 1 :] == [each.rstrip() for each in old[cut + 1 :]]


def test_a_mouse_pointer_leaves_a_picture_where_it_is_and_text_around() -> None:
    for font in FONTS:
        for edge in (0xFFFFFF, GREY):
            for seed in range(3):
                page, lines = full_of_text(font, seed)
                chance = random.Random(seed)
                top, left = chance.randrange(180), chance.randrange(600)
                for y, row in enumerate(POINTER):
                    for x, dot in enumerate(row):
                        if dot != " ":
                            page.pixels[top + y, left + x] = edge if dot == "X" else BLACK
                screen = read(Reader().read(page.pixels, page.whole))
                assert wrong(screen, lines) == [], (font.name, seed)
                assert 1 - screen.recognised <= 9 / 2000


def test_shapes_of_two_colours_are_a_picture() -> None:
    chance = np.random.default_rng(5)
    pixels = np.zeros((480, 640), np.uint32)
    for _ in range(400):
        top, left = chance.integers(0, 460), chance.integers(0, 600)
        height, width = chance.integers(1, 40, 2)
        pixels[top : top + height, left : left + width] = chance.choice([GREY, BLUE, BLACK])
    assert Reader().read(pixels, []) is None
