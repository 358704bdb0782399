"""Bytes of a log as lines."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ticrypt_tui.widgets.line_ring import LONGEST
from ticrypt_tui.widgets.log_text import LogText


def lines_of(*chunks: bytes) -> list[str]:
    text = LogText()
    return [line for chunk in chunks for line in text.feed(chunk)] + [text.rest]


def test_a_line_without_an_end_waits_for_it() -> None:
    assert lines_of(b"one\ntw", b"o\nthree") == ["one", "two", "three"]


@given(st.lists(st.integers(0, 40)))
def test_it_does_not_matter_where_the_bytes_were_parted(cuts: list[int]) -> None:
    data = "eins\nz\u00f6lf 名前\r\ndrei\n".encode()
    parts = [data[low:high] for low, high in pairwise([0, *sorted(cuts), len(data)])]
    assert lines_of(*parts) == ["eins", "zölf 名前", "drei", ""]


def test_bytes_that_are_no_text_are_shown_as_such() -> None:
    assert lines_of(b"a\xff\xfeb\n") == ["a\\xff\\xfeb", ""]


def test_colours_of_a_console_are_left_out() -> None:
    assert lines_of(b"\x1b[1;32mok\x1b[0m done\n") == ["ok done", ""]


def test_other_escapes_stay_to_be_shown() -> None:
    assert lines_of(b"\x1b]0;title\x07x\n") == ["\x1b]0;title\x07x", ""]


def test_of_what_is_written_over_itself_the_last_is_kept() -> None:
    assert lines_of(b"10%\r20%\r100%\r\n") == ["100%", ""]


def test_a_line_of_megabytes_in_pieces_is_cut_and_says_so() -> None:
    line, rest = lines_of(*[b"x" * 65_536] * 160, b"\n")
    assert line == "x" * LONGEST + "… 10,475,760 more characters"
    assert rest == ""
