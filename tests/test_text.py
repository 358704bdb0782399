"""Foreign text on its way to a screen."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticrypt_tui.text import decoded, shown, shown_lines

HARMFUL_CATEGORIES = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(st.text(st.characters(codec=None)))
def test_nothing_that_controls_a_terminal_or_turns_text_round_is_left(text: str) -> None:
    assert not {unicodedata.category(each) for each in shown(text)} & HARMFUL_CATEGORIES


@given(st.text(st.characters(codec=None)))
def test_lines_are_as_harmless_as_one(text: str) -> None:
    joined = "".join(shown_lines(text))
    assert not {unicodedata.category(each) for each in joined} & HARMFUL_CATEGORIES


@pytest.mark.parametrize(
    ("foreign", "seen"),
    [
        ("\x1b[2J", "\\u{1b}[2J"),
        ("\x9b2J", "\\u{9b}2J"),
        ("vm\u202egpj", "vm\\u{202e}gpj"),
        ("a\u200bb", "a\\u{200b}b"),
        ("\ud800", "\\u{d800}"),
        ("tab\there", "tab here"),
        ("名前 é [/bold]", "名前 é [/bold]"),
    ],
)
def test_what_was_harmful_can_be_read(foreign: str, seen: str) -> None:
    assert shown(foreign) == seen


def test_lines_end_where_they_ended_and_tabs_keep_their_columns() -> None:
    assert shown_lines("a\tb\r\nc\rd") == ["a       b", "c\\u{d}d"]


def test_bytes_that_are_no_text_are_escaped() -> None:
    assert decoded(b"ok \xff") == "ok \\xff"
