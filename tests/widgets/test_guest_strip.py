"""A line of a VM's screen: what is sent of it shows just what it says, in few bytes."""

from __future__ import annotations

import random

import numpy as np
import pyte
from rich.console import Console
from rich.segment import Segment
from rich.style import Style

from ticrypt_tui.widgets.guest_grid import Grid
from ticrypt_tui.widgets.guest_strip import GuestStrip, colours, merged, said

WIDTH = 60
TERMINAL = Console(force_terminal=True, color_system="truecolor")


def grid(seed: int) -> Grid:
    """One row of random letters in runs of random colours."""
    chance, made = random.Random(seed), Grid(1, WIDTH)
    made.characters[0] = [ord(chance.choice("ab  ▀│")) for _ in range(WIDTH)]
    for start in range(0, WIDTH, 10):
        made.foreground[0, start : start + 10] = chance.choice([0xAAAAAA, 0xFF0000, 0x00FF00])
        made.background[0, start : start + 10] = chance.choice([0x000000, 0x0000AA])
    return made


def looks(screen: pyte.Screen) -> list[tuple[str, str, str]]:
    """What a terminal shows in its first line; of a blank, only what is behind it."""
    cells = (screen.buffer[0][x] for x in range(WIDTH))
    return [(cell.data, cell.fg if cell.data != " " else "", cell.bg) for cell in cells]


def fed(screen: pyte.Screen, sent: str) -> None:
    pyte.Stream(screen).feed(sent)


def test_changed_spans_alone_make_the_line_what_it_is_now() -> None:
    for seed in range(50):
        before, now = grid(seed), grid(seed)
        chance = random.Random(1000 + seed)
        for _ in range(3):
            place = chance.randrange(WIDTH)
            now.characters[0, place], now.background[0, place] = ord("X"), 0x00AA00
        spans = now.spans(before, 0)
        strip = GuestStrip(now.segments(0), WIDTH, changed=spans)
        shown, wanted = pyte.Screen(WIDTH, 1), pyte.Screen(WIDTH, 1)
        fed(shown, GuestStrip(before.segments(0), WIDTH).render(TERMINAL))
        for _, after in spans:  # as Textual sends them
            fed(shown, "\x1b[1;1H" + strip.crop(0, after).render(TERMINAL))
        fed(wanted, GuestStrip(now.segments(0), WIDTH).render(TERMINAL))
        assert looks(shown) == looks(wanted)


def test_a_change_far_along_the_line_does_not_send_what_is_before_it() -> None:
    before, now = grid(1), grid(1)
    now.characters[0, 50] = ord("X")
    strip = GuestStrip(now.segments(0), WIDTH, changed=now.spans(before, 0))
    assert len(strip.crop(0, 51).render(TERMINAL)) < 60


def test_a_colour_is_said_where_it_changes_and_not_again() -> None:
    grey, other = colours(0xAAAAAA, 0), colours(0xAAAAAA, 0x0000AA)
    sent = said([Segment("a", grey), Segment("b", grey), Segment("c", other)], TERMINAL)
    assert sent == "\x1b[38;2;170;170;170;48;2;0;0;0mab\x1b[48;2;0;0;170mc\x1b[0m"


def test_a_blank_needs_no_colour_of_its_own() -> None:
    segments = [Segment("a", colours(0xAAAAAA, 0)), Segment("  ", colours(0xFF0000, 0))]
    assert said(segments, TERMINAL).count("\x1b") == 2


def test_attributes_end_where_they_end() -> None:
    sent = said([Segment("a", Style(reverse=True)), Segment("b", Style())], TERMINAL)
    screen = pyte.Screen(4, 1)
    fed(screen, sent)
    assert screen.buffer[0][0].reverse
    assert not screen.buffer[0][1].reverse


def test_a_terminal_of_256_colours_is_sent_no_true_ones() -> None:
    plain = Console(force_terminal=True, color_system="256")
    assert "38;2" not in said([Segment("a", colours(0x123456, 0x654321))], plain)


def test_spans_that_touch_are_one() -> None:
    assert merged([(5, 7), (0, 2), (7, 9), (1, 3)]) == [(0, 3), (5, 9)]


def test_a_colour_behind_nothing_is_no_change() -> None:
    before, now = Grid(1, 4), Grid(1, 4)
    now.foreground[:] = 0xFF0000
    assert now.spans(before, 0) == []
    now.background[0, 2] = 0x00FF00
    assert now.spans(before, 0) == [(2, 3)]


def test_inverting_shows_even_a_cell_of_one_colour() -> None:
    made = Grid(1, 3)
    made.invert(0, 1, 2)
    assert np.array_equal(made.background[0], [0, 0xFFFFFF, 0])
