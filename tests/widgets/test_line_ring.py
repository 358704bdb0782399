"""What is kept of a log."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ticrypt_tui.widgets.line_ring import LONGEST, LineRing, LogLine
from ticrypt_tui.widgets.query import parsed


def ring_of(*texts: str, lines: int = 100, characters: int = 10_000_000) -> LineRing:
    ring = LineRing(lines, characters)
    for text in texts:
        ring.add(LogLine(text))
    return ring


def texts(ring: LineRing) -> list[str]:
    return [line.text for line in ring.shown]


def test_the_oldest_lines_go_first_and_are_counted() -> None:
    ring = ring_of("a", "b", "c", "d", lines=3)
    assert (texts(ring), ring.read, ring.dropped) == (["b", "c", "d"], 4, 1)


def test_many_long_lines_are_bounded_by_their_characters() -> None:
    ring = ring_of("a" * 40, "b" * 40, "c" * 40, characters=100)
    assert [text[0] for text in texts(ring)] == ["b", "c"]


def test_a_line_of_megabytes_is_cut_and_says_so() -> None:
    (text,) = texts(ring_of("x" * 10_000_000))
    assert text == "x" * LONGEST + "… 9,990,000 more characters"


def test_lines_that_do_not_match_push_none_out_that_do() -> None:
    ring = LineRing(lines=3)
    ring.filter_by(parsed("error"))
    for text in ("error 1", "a", "b", "c", "d", "error 2"):
        ring.add(LogLine(text))
    assert (texts(ring), ring.dropped) == (["error 1", "error 2"], 2)


def test_a_looser_filter_still_finds_what_outlived_the_rest() -> None:
    ring = LineRing(lines=2)
    ring.filter_by(parsed("error disk"))
    for text in ("error disk", "error net", "a", "b"):
        ring.add(LogLine(text))
    ring.filter_by(parsed("error"))
    assert texts(ring) == ["error disk"]


def test_without_a_filter_the_newest_lines_are_shown_again() -> None:
    ring = ring_of("error", "a", "b")
    ring.filter_by(parsed("error"))
    ring.filter_by(parsed(""))
    assert texts(ring) == ["error", "a", "b"]


def test_a_filter_may_ask_for_one_field() -> None:
    ring = LineRing()
    ring.filter_by(parsed("outcome:refused", {"operation": "Operation", "outcome": "Outcome"}))
    ring.add(LogLine("vm.shutdown refused", fields=("vm.shutdown", "refused")))
    ring.add(LogLine("refused.op done", fields=("refused.op", "done")))
    assert texts(ring) == ["vm.shutdown refused"]


def test_a_line_that_is_still_written_is_replaced_by_the_whole() -> None:
    ring = ring_of("a", "log")
    ring.replace_last(LogLine("login:"))
    assert (texts(ring), ring.read) == (["a", "login:"], 2)


def test_a_line_may_begin_to_match_when_it_is_whole() -> None:
    ring = LineRing()
    ring.filter_by(parsed("error"))
    ring.add(LogLine("err"))
    ring.replace_last(LogLine("error: disk"))
    ring.replace_last(LogLine("error: disk full"))
    assert texts(ring) == ["error: disk full"]


@given(st.lists(st.sampled_from(["x", "y"]), max_size=60), st.integers(0, 70))
def test_a_number_finds_its_line_or_the_next(kinds: list[str], number: int) -> None:
    ring = LineRing(lines=20)
    ring.filter_by(parsed("x"))
    for kind in kinds:
        ring.add(LogLine(kind))
    later = [line.number for line in ring.shown if line.number >= number]
    place = ring.place(number)
    assert [line.number for line in ring.shown][place:] == later
