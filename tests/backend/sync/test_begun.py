"""The plan for starts that nobody lives to finish."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ticrypt_tui.backend.caller import Origin, present_origin, process_started
from ticrypt_tui.backend.sync.begun import OVERDUE, SETTLED, Shown, Unfinished, Verdict, plan
from ticrypt_tui.backend.sync.starters import Fate, fate_of, starter_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
START = Unfinished("vm-1", "host-1", NOON, Fate.DEAD, NOON)
LATER = NOON + SETTLED
THERE = Shown(LATER, frozenset({"vm-1"}))
GONE = Shown(LATER, frozenset())


def verdict(start: Unfinished, host: Shown | None, at: datetime = LATER) -> Verdict:
    hosts = {} if host is None else {"host-1": host}
    return plan([start], hosts, at)["vm-1"]


def test_what_the_dead_had_started_is_carried_on_where_its_host_shows_it() -> None:
    assert verdict(START, THERE) is Verdict.CARRY_ON


def test_what_the_dead_had_not_started_is_given_back() -> None:
    assert verdict(START, GONE) is Verdict.GIVE_BACK


def test_what_has_no_host_yet_is_given_back() -> None:
    assert verdict(replace(START, host_id=None), None) is Verdict.GIVE_BACK


def test_a_host_is_asked_after_what_the_dead_asked_of_it_has_taken_effect() -> None:
    early = replace(GONE, read_at=LATER - timedelta(milliseconds=1))
    assert verdict(START, early) is Verdict.WAIT


def test_a_host_that_does_not_answer_decides_nothing() -> None:
    assert verdict(START, None, NOON + 10 * OVERDUE) is Verdict.WAIT


@pytest.mark.parametrize("host", [THERE, GONE, None])
def test_what_the_living_start_is_left_alone(host: Shown | None) -> None:
    assert verdict(replace(START, fate=Fate.ALIVE), host, NOON + 10 * OVERDUE) is Verdict.WAIT


@pytest.mark.parametrize(("host", "said"), [(THERE, Verdict.CARRY_ON), (GONE, Verdict.GIVE_BACK)])
def test_another_machines_starter_is_judged_only_when_its_start_is_overdue(
    host: Shown, said: Verdict
) -> None:
    elsewhere = replace(START, fate=Fate.ELSEWHERE)
    assert verdict(elsewhere, host, NOON + OVERDUE - timedelta(seconds=1)) is Verdict.WAIT
    assert verdict(elsewhere, host, NOON + OVERDUE) is said


@given(
    fate=some.sampled_from(Fate),
    since=some.integers(-100, 1000),
    read=some.integers(-100, 1000) | some.none(),
    there=some.booleans(),
    at=some.integers(0, 2000),
)
def test_nothing_is_given_back_that_its_host_shows_or_that_may_still_come(
    fate: Fate, since: int, read: int | None, there: bool, at: int
) -> None:
    start = replace(START, fate=fate, dead_since=NOON + timedelta(seconds=since))
    shown = frozenset({"vm-1"}) if there else frozenset[str]()
    host = None if read is None else Shown(NOON + timedelta(seconds=read), shown)
    if verdict(start, host, NOON + timedelta(seconds=at)) is Verdict.GIVE_BACK:
        assert fate is not Fate.ALIVE
        assert not there
        assert read is not None
        assert read >= since + SETTLED.total_seconds()


def test_a_starter_is_known_by_more_than_its_pid(here: Origin) -> None:
    mine = starter_of(here)
    assert fate_of(mine, here, busy=True) is Fate.ALIVE
    assert fate_of(mine, here, busy=False) is Fate.DEAD
    assert fate_of("", here, busy=False) is Fate.DEAD
    assert fate_of(f"{here.machine} 1 0", here, busy=False) is Fate.DEAD
    assert fate_of(f"{here.machine} {2**22 + 1} 5", here, busy=False) is Fate.DEAD
    assert fate_of("far away 12 77", here, busy=False) is Fate.ELSEWHERE


def test_another_process_of_this_machine_is_alive_while_it_lives(here: Origin) -> None:
    parent = replace(here, pid=1, pid_started=process_started(1))
    assert fate_of(starter_of(parent), here, busy=False) is Fate.ALIVE


@pytest.fixture
def here() -> Origin:
    return present_origin()
