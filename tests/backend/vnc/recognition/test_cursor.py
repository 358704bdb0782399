"""The text cursor, as VGA and Linux's framebuffer console draw it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.backend.vnc.recognition.drawing import (
    BLACK,
    BOOT,
    GREY,
    Drawing,
    all_fonts,
    font_named,
    read,
)
from ticrypt_tui.backend.vnc.recognition import page
from ticrypt_tui.backend.vnc.recognition.finding import best_font
from ticrypt_tui.backend.vnc.recognition.reader import Cell, Reader

VGA = font_named("vga-8x16", 9)
LINUX = font_named("linux-8x16")


def test_an_underline_is_recognised_in_every_font_over_a_blank() -> None:
    for font in all_fonts():
        page = Drawing(font).write(BOOT)
        if font.width == 9:
            end = font.height - (1 if font.height < 10 else 2)
            page.cover(8, 6, end + 1 - 2, end + 1)
        else:
            page.swap(8, 6, 2)
        screen = read(Reader().read(page.pixels, page.whole))
        if screen.lines()[8].strip() == "_":  # just the same in VGA 16x28, and more often meant
            assert font.name == "debian-vga-16x28"
            continue
        assert (screen.cursor, screen.lines()[8]) == ((8, 6), ""), font.name
        assert screen.recognised == 1.0


@pytest.mark.parametrize("lines", [2, 5, 8, 10])
def test_linuxs_cursor_is_seen_through(lines: int) -> None:
    for column, character in enumerate(BOOT[0]):
        page = Drawing(LINUX).write(BOOT)
        page.swap(0, column, lines)
        screen = read(Reader().read(page.pixels, page.whole))
        assert screen.cursor == (0, column), character
        assert screen.lines()[:5] == BOOT


def test_vgas_cursor_is_seen_through_by_what_was_there_before() -> None:
    letters = "gypqj_,;Q/ []{}~|A"
    page, reader = Drawing(VGA).write([*BOOT, letters]), Reader()
    read(reader.read(page.pixels, page.whole))
    for column in range(len(letters)):
        kept = page.cell(5, column).copy()
        page.cover(5, column, 13, 15)
        screen = read(reader.read(page.pixels, [page.rect(5, column)]))
        assert (screen.cursor, screen.lines()[5]) == ((5, column), letters)
        page.cell(5, column)[:] = kept
        screen = read(reader.read(page.pixels, [page.rect(5, column)]))
        assert (screen.cursor, screen.lines()[5]) == (None, letters)


def test_a_block_is_recognised_over_a_letter_and_over_a_blank() -> None:
    for column in (0, 1, 2, 30, 60):
        beneath = BOOT[4].ljust(80)[column]
        page = Drawing(LINUX).write(BOOT)
        page.swap(4, column, 16)
        screen = read(Reader().read(page.pixels, page.whole))
        assert screen.cursor == (4, column)
        ink = BLACK if beneath == " " else GREY
        assert screen.rows[4][column] == Cell(beneath, ink, BLACK)
        assert screen.lines()[:5] == BOOT


def test_inverse_text_is_no_cursor() -> None:
    page = Drawing(LINUX).write(BOOT).write(["^G"], row=24, ink=BLACK, ground=GREY)
    screen = read(Reader().read(page.pixels, page.whole))
    assert (screen.cursor, screen.rows[24][1]) == (None, Cell("G", BLACK, GREY))


def test_of_two_marks_the_one_that_was_the_cursor_still_is() -> None:
    page, reader = Drawing(LINUX).write(BOOT), Reader()
    page.swap(10, 4, 2)
    assert read(reader.read(page.pixels, page.whole)).cursor == (10, 4)
    page.swap(12, 9, 2)
    assert read(reader.read(page.pixels, [page.rect(12, 9)])).cursor == (10, 4)
    assert read(Reader().read(page.pixels, page.whole)).cursor is None


def test_a_cursor_that_blinks_has_the_font_chosen_no_more_than_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn, reader = Drawing(VGA).write(BOOT), Reader()
    read(reader.read(drawn.pixels, drawn.whole))
    chosen: list[object] = []

    def choose(*arguments: Any) -> Any:
        chosen.append(arguments)
        return best_font(*arguments)

    monkeypatch.setattr(page, "best_font", choose)
    kept = drawn.cell(0, 1).copy()
    for _ in range(5):
        drawn.cover(0, 1, 13, 15)
        assert read(reader.read(drawn.pixels, [drawn.rect(0, 1)])).cursor == (0, 1)
        drawn.cell(0, 1)[:] = kept
        assert read(reader.read(drawn.pixels, [drawn.rect(0, 1)])).cursor is None
    assert len(chosen) == 1
