"""How sentences list names, count, and tell a moment; and what realms and others are called."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ticrypt_tui.backend.services.naming import RealmNames
from ticrypt_tui.backend.services.wording import listed, moment, so_many, together

MANY = [f"vm{number}" for number in range(10)]


def test_of_many_names_some_are_told_and_how_many_more_there_are() -> None:
    assert listed(MANY) == "vm0, vm1, vm2, vm3, vm4, vm5, vm6, vm7 and 2 more"


@pytest.mark.parametrize(
    ("names", "said"),
    [([], ""), (["alice"], "alice"), (["alice", "bob", "carol"], "alice, bob and carol")],
)
def test_a_few_people_are_named_as_in_a_sentence(names: list[str], said: str) -> None:
    assert together(names) == said


@pytest.mark.parametrize(("count", "said"), [(1, "1 VM runs"), (2, "2 VMs run")])
def test_what_is_counted_agrees_with_its_number(count: int, said: str) -> None:
    assert so_many(count, "VM runs", "VMs run") == said


def test_a_moment_is_told_in_utc() -> None:
    assert moment(datetime(2026, 3, 1, 14, 2, 11, tzinfo=UTC)) == "2026-03-01 14:02:11 UTC"
    assert moment(None, "never") == "never"


def test_a_realm_that_is_configured_no_more_is_called_by_its_id() -> None:
    names = RealmNames(lab="Lab")
    assert (names["lab"], names["attic"]) == ("Lab", "attic")
