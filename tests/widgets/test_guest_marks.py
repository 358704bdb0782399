"""Searching a VM's text screen, and copying from it."""

from __future__ import annotations

from ticrypt_tui.widgets.guest_marks import Found, Selection, found_in

LINES = ["total 12  ", "drwx  Etc ", "-rw-  etc/"]


def test_a_text_is_found_wherever_it_stands() -> None:
    assert found_in(LINES, "etc") == [Found(1, 6, 9), Found(2, 6, 9)]
    assert found_in(LINES, "(") == []
    assert found_in(LINES, "") == []


def test_lines_are_copied_without_their_trailing_blanks() -> None:
    marked = Selection((0, 6), (2, 2), begun=True)
    assert marked.text(LINES) == "12\ndrwx  Etc\n-rw"


def test_it_is_the_same_which_end_came_first() -> None:
    assert Selection((2, 2), (0, 6), begun=True).text(LINES) == "12\ndrwx  Etc\n-rw"


def test_its_end_stays_on_the_screen_and_takes_the_start_along_until_it_is_begun() -> None:
    moved = Selection((1, 1), (1, 1)).moved(-5, 99, (3, 10))
    assert (moved.start, moved.end) == ((0, 9), (0, 9))
    begun = Selection((1, 1), (1, 1), begun=True).moved(1, 0, (3, 10))
    assert (begun.start, begun.end) == ((1, 1), (2, 1))
