"""Logs on the screen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from unittest.mock import Mock

import pytest
from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot

from tests.widgets.settling import settled
from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.text import shown
from ticrypt_tui.widgets.line_ring import LineCounts, LineRing, LogLine
from ticrypt_tui.widgets.line_view import LineView


def severity(text: str) -> str:
    return "error" if "error" in text else ""


class LogApp(App[None]):
    def __init__(self, view: LineView) -> None:
        super().__init__()
        self.view = view

    def compose(self) -> ComposeResult:
        yield self.view

    def on_mount(self) -> None:
        self.view.focus()


class Log:
    """A running app with nothing but a log."""

    def __init__(self, pilot: Pilot[None], view: LineView, told: list[Message]) -> None:
        self.pilot = pilot
        self.view = view
        self.told = told

    async def feed(self, *lines: str) -> None:
        self.view.feed("".join(f"{line}\n" for line in lines).encode())
        await settled(self.pilot, self.view)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    def lines(self) -> list[str]:
        lines = [self.view.render_line(y).text.rstrip() for y in range(self.view.size.height)]
        return [line for line in lines if line]


def numbered(*numbers: int) -> list[str]:
    return [f"line {number}" for number in numbers]


@asynccontextmanager
async def log(
    size: tuple[int, int] = (40, 5),
    columns: Mapping[str, str] | None = None,
    ring: LineRing | None = None,
) -> AsyncIterator[Log]:
    view = LineView(role=severity, columns=columns, ring=ring)
    told: list[Message] = []
    async with LogApp(view).run_test(size=size, message_hook=told.append) as pilot:
        await pilot.pause()
        yield Log(pilot, view, told)


async def test_the_end_is_followed() -> None:
    async with log() as shown_log:
        await shown_log.feed(*numbered(*range(1, 9)))
        await shown_log.feed("line 9")
        assert shown_log.lines() == [*(f"  line {n}" for n in range(5, 9)), "▸ line 9"]
        assert shown_log.view.following


async def test_moving_up_holds_the_page_and_counts_what_comes() -> None:
    async with log() as shown_log:
        await shown_log.feed(*numbered(*range(1, 9)))
        await shown_log.press("up")
        await shown_log.feed(*numbered(9, 10))
        assert shown_log.lines() == ["  line 4", "  line 5", "  line 6", "▸ line 7", "  line 8"]
        assert not shown_log.view.following
        assert shown_log.view.counts == LineCounts(shown=10, read=10, dropped=0, new=2)


async def test_the_end_key_follows_again() -> None:
    async with log() as shown_log:
        await shown_log.feed(*numbered(*range(1, 9)))
        await shown_log.press("home")
        await shown_log.feed("line 9")
        await shown_log.press("end")
        assert shown_log.lines()[-1] == "▸ line 9"
        assert (shown_log.view.following, shown_log.view.counts.new) == (True, 0)


async def test_the_wheel_holds_the_page_too() -> None:
    async with log() as shown_log:
        await shown_log.feed(*numbered(*range(1, 20)))
        shown_log.view.scroll_to(y=3, animate=False)
        await shown_log.feed("line 20")
        assert shown_log.lines()[0] == "  line 4"
        assert not shown_log.view.following


async def test_holding_stops_a_page_at_its_end() -> None:
    async with log() as shown_log:
        await shown_log.feed("line 1")
        await shown_log.press("z")
        await shown_log.feed("line 2")
        assert (shown_log.lines()[0], shown_log.view.following) == ("▸ line 1", False)
        await shown_log.press("z")
        assert (shown_log.lines()[1], shown_log.view.following) == ("▸ line 2", True)


async def test_a_held_page_stays_when_old_lines_are_dropped() -> None:
    async with log(ring=LineRing(lines=10)) as shown_log:
        await shown_log.feed(*numbered(*range(1, 11)))
        await shown_log.press("up")
        await shown_log.feed(*numbered(11, 12, 13))
        assert shown_log.lines()[0] == "  line 6"
        assert shown_log.view.counts == LineCounts(shown=10, read=13, dropped=3, new=3)


async def test_a_filter_shows_what_matches_and_a_bad_one_changes_nothing() -> None:
    async with log() as shown_log:
        await shown_log.feed("error: disk", "fine", "error: net")
        assert shown_log.view.filter_by("error !net") == ""
        assert shown_log.view.filter_by('"error').startswith("A quote is not closed.")
        await shown_log.feed("error: net", "error: cpu")
        assert shown_log.lines() == ["  error: disk", "▸ error: cpu"]
        assert shown_log.view.filter_text == "error !net"


async def test_a_search_goes_from_match_to_match_and_round() -> None:
    async with log() as shown_log:
        await shown_log.feed("one fish", "bird", "two FISH", "bird")
        assert shown_log.view.search("fish")
        places = [shown_log.lines().index("▸ one fish")]
        await shown_log.press("n")
        places.append(shown_log.lines().index("▸ two FISH"))
        await shown_log.press("n")
        places.append(shown_log.lines().index("▸ one fish"))
        await shown_log.press("N")
        places.append(shown_log.lines().index("▸ two FISH"))
        assert places == [0, 2, 0, 2]


async def test_a_search_for_what_is_not_there_says_so() -> None:
    async with log() as shown_log:
        await shown_log.feed("bird")
        assert not shown_log.view.search("fish[")


async def test_every_place_of_what_is_sought_is_marked() -> None:
    async with log() as shown_log:
        await shown_log.feed("a fish is a fish", "end")
        shown_log.view.search("fish")
        cells = shown_log.view.line(0).cells
        assert [cell.text for cell in cells if cell.roles == ("found",)] == ["fish", "fish"]


async def test_long_lines_go_on_to_the_right() -> None:
    async with log(size=(13, 3)) as shown_log:
        await shown_log.feed("0123456789abcdefghijklmnopqrstuvwxyz")
        assert shown_log.lines() == ["▸ 012345678…"]
        await shown_log.press("right")
        assert shown_log.lines() == ["▸ …lmnopqrs…"]
        await shown_log.press("left", "left")
        assert shown_log.lines() == ["▸ 012345678…"]


async def test_long_lines_can_be_wrapped() -> None:
    async with log(size=(13, 4)) as shown_log:
        await shown_log.feed("one", "0123456789abcdef", "last")
        await shown_log.press("w")
        assert shown_log.lines() == ["  one", "  0123456789", "  abcdef", "▸ last"]
        await shown_log.press("w")
        assert shown_log.lines() == ["  one", "  012345678…", "▸ last"]


async def test_an_empty_log_can_be_handled() -> None:
    async with log() as shown_log:
        await shown_log.press("down", "end", "pageup", "enter", "w", "n", "z", "z", "right")
        assert shown_log.lines() == []


async def test_a_wrapped_page_ends_with_the_last_line() -> None:
    async with log(size=(13, 4)) as shown_log:
        await shown_log.press("w")
        await shown_log.feed(*("x" * 25 for _ in range(5)), "last")
        assert shown_log.lines() == ["  xxxxxxxxxx", "  xxxxxxxxxx", "  xxxxx", "▸ last"]


async def test_a_line_longer_than_the_page_is_cut_when_wrapped() -> None:
    async with log(size=(13, 3)) as shown_log:
        await shown_log.press("w")
        await shown_log.feed("x" * 1_000)
        assert shown_log.lines() == ["▸ xxxxxxxxxx", "▸ xxxxxxxxxx", "▸ xxxxxxxxx…"]


async def test_lines_are_coloured_by_their_severity() -> None:
    async with log() as shown_log:
        await shown_log.feed("error: disk", "fine")
        assert shown_log.view.line(0).roles == ("error",)


async def test_a_line_opens_the_record_that_it_tells_of() -> None:
    record = object()
    async with log(columns={"operation": "Operation"}) as shown_log:
        shown_log.view.append([LogLine("vm.shutdown", record=record, fields=("vm.shutdown",))])
        await settled(shown_log.pilot, shown_log.view)
        await shown_log.press("enter")
        opened = [each for each in shown_log.told if isinstance(each, LineView.Chosen)]
        assert opened[0].line.record is record
        assert shown_log.view.filter_by("op:shutdown") == ""


async def test_hostile_lines_obey_nobody() -> None:
    hostile = ["\x1b]52;c;b3duZWQ=\x07", "\x9b31m[/bold]", "\u202e名前" * 20, "e" + "\u0301" * 99]
    async with log(size=(20, 6)) as shown_log:
        await shown_log.feed(*hostile)
        for wrapping in (False, True):
            strips = [shown_log.view.render_line(y) for y in range(6)]
            assert {strip.cell_length for strip in strips} == {20}, wrapping
            assert all(strip.text == shown(strip.text) for strip in strips)
            await shown_log.press("w")


async def test_a_flood_is_painted_a_few_times_only(monkeypatch: pytest.MonkeyPatch) -> None:
    async with log() as shown_log:
        repaint = Mock(wraps=shown_log.view.repaint)
        monkeypatch.setattr(shown_log.view, "repaint", repaint)
        for number in range(1_000):
            shown_log.view.append([LogLine(f"line {number}")])
        await settled(shown_log.pilot, shown_log.view)
        assert repaint.call_count <= 6
        assert shown_log.lines()[-1] == "▸ line 999"


async def test_all_that_matches_is_saved_for_the_owner_only(tmp_path: Path) -> None:
    async with log() as shown_log:
        await shown_log.feed(*(f"error {number} \x1b" for number in range(50)), "fine")
        shown_log.view.filter_by("error")
        target = tmp_path / "saved.log"
        assert await shown_log.view.save(target) == 50
        assert target.read_text().splitlines()[49] == "error 49 \\u{1b}"
        assert target.stat().st_mode & 0o777 == 0o600


async def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    target = tmp_path / "saved.log"
    target.write_text("mine")
    async with log() as shown_log:
        with pytest.raises(Failed, match="was not written: File exists"):
            await shown_log.view.save(target)
    assert target.read_text() == "mine"
