"""A VM's screen as pixels: what terminals are sent, and how it is found out which take it."""

from __future__ import annotations

import re
import zlib
from base64 import standard_b64decode

import numpy as np
import pytest

from ticrypt_tui.widgets.guest_graphics import (
    CHUNK,
    Graphics,
    passes_pictures,
    sent,
    taken_away,
    understood,
)
from ticrypt_tui.widgets.guest_window import Window

KITTY = re.compile(r"\x1b_G([^;\x1b]*);([^\x1b]*)\x1b\\")


def noise(height: int, width: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint32]]:
    chance = np.random.default_rng(7)
    return chance.integers(0, 1 << 24, (height, width), dtype=np.uint32)


def test_kitty_is_sent_the_pixels_themselves_in_chunks() -> None:
    pixels = noise(48, 60)
    window = Window(10, 8, 50, 40, column=2, row=1, columns=5, rows=2)
    data = sent(pixels, window, Graphics.KITTY, (10, 20))
    parts = KITTY.findall(data)
    assert data.startswith("\x1b7\x1b[2;3H")
    assert data.endswith("\x1b8")
    assert "s=50,v=40,c=5,r=2" in parts[0][0]
    assert [facts.rpartition("m=")[2] for facts, _ in parts] == ["1"] * (len(parts) - 1) + ["0"]
    assert all(len(chunk) <= CHUNK for _, chunk in parts)
    raw = zlib.decompress(standard_b64decode("".join(chunk for _, chunk in parts)))
    part = pixels[8:48, 10:60]
    wanted = np.stack([part >> 16, part >> 8 & 255, part & 255], -1).astype(np.uint8)
    assert raw == wanted.tobytes()


def test_no_more_pixels_are_sent_than_are_seen() -> None:
    window = Window(0, 0, 1000, 800, column=0, row=0, columns=10, rows=4)
    ((facts, _), *_) = KITTY.findall(sent(noise(800, 1000), window, Graphics.KITTY, (10, 20)))
    assert "s=100,v=80," in facts


def test_sixels_are_as_many_as_the_cells_have_pixels() -> None:
    window = Window(0, 0, 50, 40, column=0, row=0, columns=10, rows=4)
    data = sent(noise(40, 50), window, Graphics.SIXEL, (8, 16))
    assert re.search(r'\x1bP[0-9;]*q"1;1;80;64', data)
    assert re.search(r"#0;2;\d+;\d+;\d+#0", data)  # xterm takes a colour for chosen only then
    assert data.endswith("\x1b\\\x1b8")


def test_a_picture_of_kittys_is_taken_away_by_its_number() -> None:
    number = re.search(r"i=(\d+)", taken_away(Graphics.KITTY))
    window = Window(0, 0, 5, 4, column=0, row=0, columns=1, rows=1)
    assert number is not None
    assert number[0] in sent(noise(4, 5), window, Graphics.KITTY, (10, 20))
    assert taken_away(Graphics.SIXEL) == ""


@pytest.mark.parametrize(
    ("places", "has"),
    [
        ([(3, 0), (0, 0)], [Graphics.KITTY]),
        ([(0, 0), (0, 6)], [Graphics.SIXEL]),
        ([(3, 0), (0, 6)], [Graphics.KITTY, Graphics.SIXEL]),
        ([(0, 0), (0, 0)], []),
        ([(41, 0), (0, 0)], []),  # it has written the picture as text
        ([], []),
    ],
)
def test_where_the_cursor_went_tells_what_a_terminal_has(
    places: list[tuple[int, int]], has: list[Graphics]
) -> None:
    assert understood(places) == has


def test_terminals_that_keep_pictures_back_are_not_asked() -> None:
    assert passes_pictures({"TERM": "xterm-256color"})
    assert not passes_pictures({"TERM": "xterm-256color", "TMUX": "/tmp/tmux-0/default,1,0"})
    assert not passes_pictures({"TERM": "tmux-256color"})
    assert not passes_pictures({"TERM": "screen"})
    assert not passes_pictures({"TERM": "linux"})
