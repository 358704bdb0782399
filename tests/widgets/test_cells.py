"""Text fitted into cells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ticrypt_tui.text import shown
from ticrypt_tui.widgets.cells import fitted

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)


@given(ANY_TEXT, st.integers(0, 40), st.booleans())
def test_any_text_takes_exactly_its_cells(text: str, width: int, right: bool) -> None:
    assert cell_len(fitted(text, width, right=right)) == width


@given(ANY_TEXT, st.integers(1, 40))
def test_nothing_that_a_terminal_obeys_is_left(text: str, width: int) -> None:
    fit = fitted(text, width)
    assert fit == shown(fit)


@pytest.mark.parametrize(
    ("text", "width", "fit"),
    [
        ("genome-7", 10, "genome-7  "),
        ("genome-7", 6, "genom…"),
        ("名前名前", 6, "名前 …"),
        ("名前名前", 7, "名前名…"),
        ("e\u0301a", 4, "e\u0301a  "),
        ("\x1b[31mred", 12, "\\u{1b}[31mr…"),
        ("[bold]x", 8, "[bold]x "),
    ],
)
def test_what_is_cut_says_so(text: str, width: int, fit: str) -> None:
    assert fitted(text, width) == fit


def test_numbers_stand_at_the_right() -> None:
    assert fitted("128", 6, right=True) == "   128"


def test_a_long_name_sends_no_more_than_a_short_one() -> None:
    pile = "e" + "\u0301" * 10_000
    assert len(fitted(pile, 10).encode()) < 200
