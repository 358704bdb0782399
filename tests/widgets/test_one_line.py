"""One line of pieces: what is dropped where it is narrow, and what nothing can break."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticrypt_tui.widgets.one_line import Piece, line

NAME, HOSTS, CHAIN = Piece("ticrypt-tui"), Piece("  hosts 1/1", "", 1), Piece("  chain ok", "", 2)


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (40, "ticrypt-tui          hosts 1/1  chain ok"),
        (30, "ticrypt-tui          hosts 1/1"),
        (12, "ticrypt-tui "),
        (6, "ticry…"),
    ],
)
def test_the_highest_rank_goes_first_and_rank_0_never(width: int, shown: str) -> None:
    assert line([NAME], [HOSTS, CHAIN], width).plain == shown


def test_pieces_of_one_rank_go_together() -> None:
    key = [Piece("K ", "bold", 1), Piece("shut down", "", 1)]
    assert line([NAME, *key], [], 20).plain == "ticrypt-tui".ljust(20)


@given(st.lists(st.text(max_size=30), max_size=4), st.integers(0, 60))
def test_whatever_is_said_takes_exactly_its_width(texts: list[str], width: int) -> None:
    pieces = [Piece(text, "", rank) for rank, text in enumerate(texts, 1)]
    assert line(pieces, [], width).cell_length == width


def test_control_characters_are_shown_and_not_sent() -> None:
    assert line([Piece("a\x1b]0;x\x07b")], [], 30).plain.rstrip() == r"a\u{1b}]0;x\u{7}b"
