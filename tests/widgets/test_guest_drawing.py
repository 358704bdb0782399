"""How a VM's screen is drawn: text as text, all else as a picture, and what of it is seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.screens.fake_guest import FakeCell, FakeGuest, text_screen
from ticrypt_tui.widgets.guest_blocks import DOTS, Blocks, drawn
from ticrypt_tui.widgets.guest_drawing import Follows, GuestDrawing
from ticrypt_tui.widgets.guest_grid import safe_codes
from ticrypt_tui.widgets.guest_text import CURSOR_SECONDS, SteadyCursor
from ticrypt_tui.widgets.guest_window import Window, fitting, followed, zoomed

SMALL, LARGE = (23, 80), (44, 160)


def rows(drawing: GuestDrawing, size: tuple[int, int] = SMALL) -> list[str]:
    grid = drawing.draw(size, 0.0)
    return [grid.text(row).rstrip() for row in range(size[0])]


# Text


def test_each_character_is_a_cell_in_its_colours() -> None:
    guest = FakeGuest(text=text_screen(["ok"]))
    guest.write(0, 3, "red", foreground=0xAA0000, background=0x00AAAA)
    grid = GuestDrawing(guest).draw((25, 80), 0.0)
    assert grid.text(0).startswith("ok red ")
    assert list(grid.foreground[0, 3:6]) == [0xAA0000] * 3
    assert list(grid.background[0, 3:6]) == [0x00AAAA] * 3


def test_a_small_terminal_shows_the_rows_around_the_cursor() -> None:
    guest = FakeGuest(text=text_screen([f"line {n}" for n in range(25)], cursor=(24, 0)))
    drawing = GuestDrawing(guest)
    assert rows(drawing)[0] == "line 2"
    assert drawing.unseen == "rows 3-25 of 25"
    guest.change(cursor=(10, 0))
    assert rows(drawing)[0] == "line 2"  # it is in sight: nothing moves
    guest.change(cursor=(0, 0))
    assert rows(drawing)[0] == "line 0"


def test_what_is_seen_can_be_moved_until_the_cursor_moves() -> None:
    guest = FakeGuest(text=text_screen([f"line {n}" for n in range(25)], cursor=(24, 0)))
    drawing = GuestDrawing(guest)
    rows(drawing)
    drawing.pan(-4, 0)
    assert rows(drawing)[0] == "line 0"
    guest.change(cursor=(24, 1))
    assert rows(drawing)[0] == "line 2"


def test_a_large_terminal_shows_all_of_it_in_a_frame() -> None:
    drawing = GuestDrawing(FakeGuest())
    shown = rows(drawing, LARGE)
    assert shown[8].strip() == f"╭{'─' * 80}╮"
    assert shown[9].strip().startswith("│SeaBIOS")
    assert drawing.unseen == ""


def test_a_wide_screen_follows_the_cursor_to_the_right() -> None:
    guest = FakeGuest(text=text_screen(["x" * 100 + "here"], size=(25, 128), cursor=(0, 104)))
    assert rows(GuestDrawing(guest))[0].endswith("here")


def test_cells_that_are_no_text_are_a_picture_in_their_place() -> None:
    guest = FakeGuest(text=text_screen(["ab"]))
    assert guest.text is not None
    logo = (FakeCell("a"), FakeCell(""), *guest.text.rows[0][2:])
    guest.change(rows=(logo, *guest.text.rows[1:]))
    guest.pixels[:16, 9:18] = 0xCC0000
    guest.pixels[8:16, 9:18] = 0x0000CC
    grid = GuestDrawing(guest).draw((25, 80), 0.0)
    assert grid.text(0)[:3] == "a▀ "
    assert (grid.foreground[0, 1], grid.background[0, 1]) == (0xCC0000, 0x0000CC)


def test_a_guest_draws_nothing_but_harmless_characters_one_cell_wide() -> None:
    hostile = ["\x1b", "\x9b", "\u202e", "\u200b", "名", "ab", "", "é"]
    assert "".join(map(chr, safe_codes(hostile))) == "�������é"


def test_a_cursor_that_blinks_stands_still_and_one_that_is_hidden_goes() -> None:
    cursor = SteadyCursor()
    assert cursor.place((3, 4), 0.0) == (3, 4)
    assert cursor.left(0.0) is None
    assert cursor.place(None, 1.0) == (3, 4)
    assert cursor.left(1.0) == pytest.approx(CURSOR_SECONDS - 1.0)
    assert cursor.place(None, CURSOR_SECONDS + 0.1) is None


def test_a_cursor_that_blinks_has_nothing_drawn_anew() -> None:
    guest = FakeGuest(text=text_screen(["/ #"], cursor=(0, 4)))
    assert guest.text is not None
    rows, drawing = guest.text.rows, GuestDrawing(guest)
    drawn = drawing.draw(LARGE, 0.0)
    for cursor in (None, (0, 4)):  # as it is read, the row with the cursor is another tuple
        guest.change(cursor=cursor, rows=(tuple(list(rows[0])), *rows[1:]))
        assert drawing.draw(LARGE, 0.1) is drawn


def test_the_pointer_is_where_the_cell_under_it_is_on_the_guest() -> None:
    drawing = GuestDrawing(FakeGuest())
    drawing.draw(LARGE, 0.0)
    assert drawing.window.pixel(40.5, 9.5) == (4, 8)  # the first cell, 9 by 16 pixels
    assert drawing.window.pixel(0, 0) == (0, 0)
    assert drawing.window.pixel(159, 43) == (719, 399)


# Pictures


def test_half_blocks_show_two_dots_in_their_colours() -> None:
    grid = drawn(np.array([[0x111111, 5], [0xFFFFFF, 5]], np.uint32), Blocks.HALF)
    assert grid.text(0) == "▀ "
    assert (grid.foreground[0, 0], grid.background[0, 0]) == (0x111111, 0xFFFFFF)
    assert grid.background[0, 1] == 5


@pytest.mark.parametrize(
    ("blocks", "lit", "shown"),
    [
        (Blocks.QUADRANTS, [(0, 0)], "▘"),
        (Blocks.QUADRANTS, [(0, 1), (1, 0)], "▞"),
        (Blocks.QUADRANTS, [(1, 1)], "▗"),
        (Blocks.SEXTANTS, [(0, 0)], "🬀"),
        (Blocks.SEXTANTS, [(0, 0), (1, 0), (2, 0)], "▌"),
        (Blocks.SEXTANTS, [(2, 0)], "🬏"),
        (Blocks.SEXTANTS, [(2, 1)], "🬞"),
        (Blocks.SEXTANTS, [(0, 1), (1, 0), (1, 1), (2, 0), (2, 1)], "🬻"),
    ],
)
def test_light_dots_choose_the_block(
    blocks: Blocks, lit: list[tuple[int, int]], shown: str
) -> None:
    dots = np.zeros(DOTS[blocks], np.uint32)
    for place in lit:
        dots[place] = 0xFFFFFF
    grid = drawn(dots, blocks)
    assert grid.text(0) == shown
    assert (grid.foreground[0, 0], grid.background[0, 0]) == (0xFFFFFF, 0)


@pytest.mark.parametrize("blocks", list(Blocks))
def test_a_picture_has_its_colours_where_they_are(blocks: Blocks) -> None:
    guest = FakeGuest()
    guest.text = None
    drawing = GuestDrawing(guest)
    drawing.looks.blocks = blocks
    grid = drawing.draw(SMALL, 0.0)
    assert grid.background[2, 3] == 0xCCCCCC
    assert grid.background[2, 38] == 0x00CC00


def test_a_picture_fits_with_its_shape_kept() -> None:
    assert fitting(720, 400, 80, 23) == Window(0, 0, 720, 400, 0, 0, 80, 23)
    assert fitting(400, 400, 80, 20) == Window(0, 0, 400, 400, 20, 0, 40, 20)
    assert fitting(1600, 100, 80, 20) == Window(0, 0, 1600, 100, 0, 8, 80, 3)


def test_a_zoomed_picture_moves_along_with_what_it_follows() -> None:
    window = zoomed((1024, 768), (80, 23), (1, 2), 1.0, (0, 0), (500, 300))
    assert (window.width, window.height) == (80, 46)
    assert window.left <= 500 < window.left + 80
    assert window.top <= 300 < window.top + 46
    start = window.left, window.top
    assert zoomed((1024, 768), (80, 23), (1, 2), 1.0, start, (495, 298)) == window
    assert zoomed((1024, 768), (80, 23), (1, 2), 1.0, (5000, 5000), None).left == 1024 - 80


def test_what_follows_moves_no_further_than_it_must() -> None:
    assert followed(0, 10, 100, 5) == 0
    assert followed(0, 10, 100, 10) == 1
    assert followed(50, 10, 100, 20) == 20
    assert followed(0, 10, 100, 99) == 90
    assert followed(5, 30, 10, 3) == 0


def test_a_zoomed_picture_follows_the_pointer() -> None:
    guest = FakeGuest()
    guest.picture(768, 1024)
    drawing = GuestDrawing(guest)
    drawing.looks = replace(drawing.looks, zoom=1.0, follows=Follows.POINTER)
    drawing.pointer = (1000, 700)
    drawing.draw(SMALL, 0.0)
    x, y = drawing.window.pixel(40, 11)
    assert (abs(x - 1000) < 80, abs(y - 700) < 46) == (True, True)


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (2, 300), (200, 2)])
def test_no_size_of_a_screen_or_of_a_terminal_is_too_odd(size: tuple[int, int]) -> None:
    for text in (
        text_screen([], size=(0, 0)),
        text_screen(["x"], size=(1, 1), cursor=(9, 9)),
        None,
    ):
        for height, width in ((0, 0), (1, 1), (3, 2000)):
            guest = FakeGuest(text=text)
            guest.text, guest.pixels = text, np.zeros((height, width), np.uint32)
            drawing = GuestDrawing(guest)
            for zoom in (0.0, 4.0, 0.5):
                drawing.looks.zoom = zoom
                assert drawing.draw(size, 0.0).size == size
                assert drawing.window.pixel(5, 5) >= (-1, -1)
