"""Until when a VM must have registered, and when it is given up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ticrypt_tui.backend.sync.registration import given_up, pause, register_by

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LIMIT = timedelta(minutes=5)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_the_time_counts_from_the_start() -> None:
    assert register_by(NOON, LIMIT) == at(300)


@pytest.mark.parametrize(("started", "limit"), [(None, LIMIT), (NOON, None), (None, None)])
def test_what_has_not_started_or_need_not_register_is_never_late(
    started: datetime | None, limit: timedelta | None
) -> None:
    assert register_by(started, limit) is None
    assert not given_up(started, limit, NOON, at(10**6))


@pytest.mark.parametrize(
    ("asked_since", "moment", "late"),
    [
        (1, 299, False),
        (1, 300, True),
        (290, 300, False),  # who has asked for 10 s goes on
        (290, 305, True),
        (9000, 9001, False),  # nobody looked until now
        (9000, 9015, True),
    ],
)
def test_a_vm_is_given_up_once_it_is_late_and_was_heard_out(
    asked_since: float, moment: float, late: bool
) -> None:
    assert given_up(NOON, LIMIT, at(asked_since), at(moment)) is late


def test_who_has_little_time_is_heard_out_no_longer_than_that() -> None:
    assert given_up(NOON, timedelta(seconds=2), at(9000), at(9002))


def test_questions_grow_rarer_up_to_a_bound() -> None:
    pauses = [pause(tries) for tries in range(100)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (1, 5)
