"""Arguments of operations, from a command line's words or a form's values."""

from __future__ import annotations

from typing import Any

import pytest

from ticrypt_tui.backend.arguments import Argument, converted, recorded
from ticrypt_tui.backend.errors import WrongUse

ARGUMENTS = (
    Argument("name"),
    Argument("cores", "number", required=False),
    Argument("memory", "memory", required=False),
    Argument("debug", "flag", required=False),
    Argument("state", "choice", required=False, choices=("on", "off")),
    Argument("hosts", "list", required=False),
    Argument("password", required=False, secret=True),
)


def read(**given: Any) -> dict[str, Any]:
    return converted("thing.create", ARGUMENTS, {"name": "it", **given})


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ({"cores": "4"}, 4),
        ({"cores": 4}, 4),
        ({"memory": "192"}, 192),
        ({"memory": 192}, 192),
        ({"memory": "4 GiB"}, 4096),
        ({"memory": "1.5GiB"}, 1536),
        ({"debug": "yes"}, True),
        ({"debug": True}, True),
        ({"debug": "No"}, False),
        ({"state": "off"}, "off"),
        ({"hosts": "a, b,,c"}, ["a", "b", "c"]),
        ({"hosts": ["a", "b"]}, ["a", "b"]),
    ],
)
def test_a_value_is_read_as_its_kind_says(given: dict[str, Any], value: object) -> None:
    assert list(read(**given).values()) == ["it", value]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"cores": "four"}, "thing.create: cores is a whole number, not 'four'."),
        (
            {"memory": "lots"},
            "thing.create: memory is MiB, or an amount with its unit such as 4 GiB",
        ),
        ({"debug": "maybe"}, "thing.create: debug is yes or no, not 'maybe'."),
        ({"state": "up"}, "thing.create: state is one of on, off, not 'up'."),
        ({"colour": "red"}, "thing.create takes no argument colour. It takes: --name [--cores]"),
        ({"name": ""}, "thing.create needs the argument name."),
    ],
)
def test_what_cannot_be_understood_is_named(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(WrongUse) as refusal:
        read(**given)
    assert str(refusal.value).startswith(sentence)


def test_what_is_left_empty_is_as_if_left_out() -> None:
    assert read(cores="", memory=None) == {"name": "it"}


def test_a_record_never_has_a_secret() -> None:
    assert recorded(ARGUMENTS, read(password="hunter2"))["password"] == "hidden"


def test_a_record_has_every_value_as_text() -> None:
    values = recorded(ARGUMENTS, read(debug="yes", hosts="a,b", cores="2"))
    assert values == {"name": "it", "debug": "yes", "hosts": "a b", "cores": "2"}


CLEARING = (Argument("profile", required=False, clears=True), Argument("cost", required=False))


@pytest.mark.parametrize("empty", ["", None, (), []])
def test_an_empty_value_takes_away_what_may_be_cleared_and_is_left_out_elsewhere(
    empty: Any,
) -> None:
    given = {"profile": empty, "cost": empty}
    assert converted("thing.edit", CLEARING, given) == {"profile": None}
    assert recorded(CLEARING, {"profile": None}) == {"profile": ""}
