"""The filter language."""

from __future__ import annotations

import pytest

from ticrypt_tui.backend.errors import WrongUse
from ticrypt_tui.widgets.query import haystack, parsed

COLUMNS = {"name": "Name", "state": "State", "started": "Started", "memory": "Mem GiB"}
ROW = haystack(["Genome-7", "running", "14:00:09", ""])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "genome",
        "GENOME running",
        "running genome",
        "name:genome",
        "n:7",
        "14:00",
        'started:"14:00:09"',
        "!crashed",
        "!name:tiny",
        '!"not there"',
        'memory:""',
        '!name:""',
        'mem:""',
    ],
)
def test_a_row_stays_where_every_term_holds(text: str) -> None:
    assert parsed(text, COLUMNS).holds(ROW)


@pytest.mark.parametrize(
    "text", ["tiny", "genome tiny", "state:genome", "!running", "!state:run", 'name:""', '"7 run"']
)
def test_a_row_goes_where_one_term_does_not_hold(text: str) -> None:
    assert not parsed(text, COLUMNS).holds(ROW)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("host:h1", "There is no column host. Choose from name, state, started, memory, or"),
        ("sta:x", "sta: could mean state or started. Write more of its name."),
        ("name:", "Nothing follows name:. Write a word after it."),
        ("genome !", "Nothing follows !. Write a word after it."),
        ('"genome', 'A quote is not closed. End it with ".'),
    ],
)
def test_what_says_nothing_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(WrongUse) as refused:
        parsed(text, COLUMNS)
    assert str(refused.value).startswith(sentence)


def test_a_whole_column_name_wins_over_longer_ones() -> None:
    columns = {"service": "Service", "service_vm": "Service VM"}
    assert parsed("service:x", columns).terms[0].column == 0


def test_without_columns_a_colon_is_like_any_character() -> None:
    assert parsed("error: disk").holds(haystack(["Error: no such disk"]))


def test_case_is_folded_in_every_script() -> None:
    assert parsed("STRASSE").holds(haystack(["Straße"]))
