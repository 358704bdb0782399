"""Reading a screen again and again, as it changes."""

from __future__ import annotations

import random
import string

import numpy as np
import pytest

from tests.backend.vnc.recognition.drawing import (
    BLACK,
    BLUE,
    BOOT,
    GREY,
    Drawing,
    all_fonts,
    font_named,
    read,
)
from ticrypt_tui.backend.vnc.framebuffer import Rect
from ticrypt_tui.backend.vnc.recognition.fonts import fonts_of
from ticrypt_tui.backend.vnc.recognition.reader import Cell, Reader

VGA = font_named("vga-8x16", 9)
LINUX = font_named("linux-8x16")


def test_text_is_read_with_its_place_font_and_colours() -> None:
    page = Drawing(VGA).write(BOOT).write(["GRUB"], row=20, ink=BLACK, ground=GREY)
    screen = read(Reader().read(page.pixels, page.whole))
    assert screen.lines()[:5] == BOOT
    assert (screen.cell_width, screen.cell_height, screen.left, screen.top) == (9, 16, 0, 0)
    assert (len(screen.rows), len(screen.rows[0]), screen.font) == (25, 80, "vga-8x16")
    assert screen.rows[0][0] == Cell("S", GREY, BLACK)
    assert screen.rows[20][0] == Cell("G", BLACK, GREY)
    assert screen.rows[24][79] == Cell(" ", BLACK, BLACK)
    assert (screen.recognised, screen.cursor) == (1.0, None)


def test_a_grid_may_begin_anywhere() -> None:
    for font in (each for each in all_fonts() if each.width != 9 and each.height > 8):
        page = Drawing(font, left=3, top=5).write(BOOT)
        screen = read(Reader().read(page.pixels, page.whole))
        assert (screen.left, screen.top, screen.lines()[:5]) == (3, 5, BOOT), font.name


def test_a_picture_wider_than_its_cells_has_a_margin() -> None:
    page = Drawing(LINUX, 170, 48).write(BOOT)
    pixels = np.zeros((768, 1366), np.uint32)
    pixels[:, :1360] = page.pixels
    assert read(Reader().read(pixels, [Rect(0, 0, 1366, 768)])).lines()[:5] == BOOT


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (3, 700), (16, 8), (480, 640), (2, 9000)])
def test_an_empty_picture_of_any_size_is_no_text_screen(size: tuple[int, int]) -> None:
    assert Reader().read(np.zeros(size, np.uint32), [Rect(0, 0, size[1], size[0])]) is None


def test_a_blank_vga_screen_is_one_and_has_its_cursor() -> None:
    page = Drawing(VGA)
    page.cover(0, 0, 13, 15)
    screen = read(Reader().read(page.pixels, page.whole))
    assert screen.lines() == [""] * 25
    assert screen.cursor == (0, 0)


def test_a_vga_prompt_without_letters_is_read() -> None:
    page = Drawing(VGA).write(["/ #"])
    page.cover(0, 4, 13, 15)
    screen = read(Reader().read(page.pixels, page.whole))
    assert (screen.lines()[0], screen.cursor) == ("/ #", (0, 4))


def test_a_console_is_noticed_as_soon_as_it_has_a_word() -> None:
    page, reader = Drawing(LINUX, 160, 50), Reader()
    assert reader.read(page.pixels, page.whole) is None
    for column in range(5):
        page.write(["login"[: column + 1]])
        screen = reader.read(page.pixels, [page.rect(0, column)])
        assert (screen is None) == (column < 2)
    assert read(screen).lines()[0] == "login"


def test_a_text_screen_stays_one_while_it_is_cleared() -> None:
    page, reader = Drawing(LINUX).write(BOOT), Reader()
    read(reader.read(page.pixels, page.whole))
    page.pixels[:] = BLUE
    screen = read(reader.read(page.pixels, page.whole))
    assert screen.rows[3][3] == Cell(" ", BLUE, BLUE)
    assert screen.font == "linux-8x16"


def test_only_what_changed_is_read_again() -> None:
    page, reader = Drawing(VGA).write(BOOT), Reader()
    read(reader.read(page.pixels, page.whole))
    page.write(["Halt"], row=10).write(["Hello"], row=12)
    lines = read(reader.read(page.pixels, [page.rect(12, 1)])).lines()
    assert (lines[10], lines[12]) == ("", " e")
    outside = [Rect(719, 399, 1, 1), Rect(0, 0, 0, 0), Rect(9999, 9999, 5, 5)]
    assert read(reader.read(page.pixels, outside)).lines() == lines
    assert read(reader.read(page.pixels, [])).lines() == lines


def test_what_was_read_piece_by_piece_is_what_is_read_at_once() -> None:
    chance = random.Random(7)
    page, reader = Drawing(LINUX, 60, 20).write(BOOT), Reader()
    read(reader.read(page.pixels, page.whole))
    for _ in range(200):
        row, column = chance.randrange(20), chance.randrange(60)
        glyph = LINUX.ink[LINUX.characters.index(chance.choice(string.printable[:95]))]
        page.put(row, column, glyph, (chance.choice([GREY, 0xFFFFFF]), chance.choice([0, BLUE])))
        screen = reader.read(page.pixels, [page.rect(row, column)])
    assert screen == Reader().read(page.pixels, page.whole)


def test_a_change_of_mode_is_noticed() -> None:
    reader = Reader()
    for name, width, height in [
        ("vga-8x16", 9, 16),
        ("vga-8x8", 9, 8),
        ("linux-8x16", 8, 16),
        ("linux-16x32", 16, 32),
    ]:
        font = font_named(name, width, height)
        page = Drawing(font, 1440 // width, 800 // height).write(BOOT)
        page.write(["MTVWXYZ0"], row=7)
        screen = read(reader.read(page.pixels, page.whole))
        assert (screen.font, screen.cell_width, screen.lines()[0]) == (name, width, BOOT[0])


def test_a_change_of_font_is_noticed_as_soon_as_a_character_tells() -> None:
    reader = Reader()
    fonts = fonts_of(8, 16)
    for font in (*fonts, *fonts[::-1]):
        page = Drawing(font).write([*BOOT, string.printable[:70], string.printable[70:95]])
        for row in range(25):
            screen = reader.read(page.pixels, [Rect(0, row * 16, 640, 16)])
        assert read(screen).lines()[5:7] == [string.printable[:70], string.printable[70:94]]
        assert read(screen).font == font.name


def test_a_picture_between_two_texts_is_none() -> None:
    page, reader = Drawing(LINUX).write(BOOT), Reader()
    read(reader.read(page.pixels, page.whole))
    text = page.pixels.copy()
    shades = np.arange(640, dtype=np.uint32) * 0x010203
    page.pixels[:] = shades[None, :]
    assert reader.read(page.pixels, page.whole) is None
    page.pixels[:] = text
    assert reader.read(page.pixels, [Rect(0, 0, 1, 1)]) is None  # too little to look again
    assert read(reader.read(page.pixels, page.whole)).lines()[:5] == BOOT


def test_a_logo_is_left_a_picture_beside_the_text() -> None:
    page = Drawing(LINUX).write(BOOT, row=6)
    logo = np.random.default_rng(1).integers(0, 1 << 24, (80, 80))
    page.pixels[:80, :80] = logo
    screen = read(Reader().read(page.pixels, page.whole))
    assert screen.lines()[6:11] == BOOT
    for row, cells in enumerate(screen.rows):
        for column, cell in enumerate(cells):
            assert (cell.character == "") == (row < 5 and column < 10)
    assert screen.recognised == 1 - 50 / 2000


def test_a_few_letters_are_no_text_screen() -> None:
    page = Drawing(LINUX)
    page.pixels[40:41, 20:600] = GREY  # a line, as "─" is
    page.write(["OK"], row=10)
    assert Reader().read(page.pixels, page.whole) is None
