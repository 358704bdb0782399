"""The lines of a log file as they come in pieces, and as a part of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tests.widgets.settling import settled
from ticrypt_tui.widgets.followed_lines import FollowedLines
from ticrypt_tui.widgets.line_ring import LONGEST


class LinesApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.view = FollowedLines()

    def compose(self) -> ComposeResult:
        yield self.view


@asynccontextmanager
async def lines(width: int = 80, height: int = 9) -> AsyncIterator[tuple[Pilot[None], LinesApp]]:
    app = LinesApp()
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.pause()
        yield pilot, app


async def shown(pilot: Pilot[None], view: FollowedLines) -> list[str]:
    await settled(pilot, view)
    found = [view.render_line(y).text for y in range(view.size.height)]
    return [each[2:].rstrip() for each in found if each.strip()]


async def test_a_character_that_is_split_between_two_reads_is_whole() -> None:
    async with lines() as (pilot, app):
        for piece in (
            "grün 名".encode()[:3],
            "grün 名".encode()[3:6],
            "grün 名".encode()[6:],
            b"\n",
        ):
            app.view.feed(piece)
        assert await shown(pilot, app.view) == ["grün 名"]


async def test_half_a_line_is_shown_and_then_completed_in_its_place() -> None:
    async with lines() as (pilot, app):
        app.view.feed(b"one\ntw")
        assert await shown(pilot, app.view) == ["one", "tw"]
        app.view.feed(b"o\n")
        assert await shown(pilot, app.view) == ["one", "two"]


async def test_nothing_in_a_line_can_hide_or_colour_what_is_written() -> None:
    async with lines() as (pilot, app):
        app.view.feed(b"evil\rgood\x00 \x1b[31mred\x1b[0m \xff\xfe \xc2\x9b2J\r\n")
        assert await shown(pilot, app.view) == [
            r"evil\u{d}good\u{0} \u{1b}[31mred\u{1b}[0m \xff\xfe \u{9b}2J"
        ]


async def test_a_line_of_ten_megabytes_says_how_much_of_it_is_not_shown() -> None:
    async with lines() as (pilot, app):
        for _ in range(40):
            app.view.feed(b"x" * 262_144)
        app.view.feed(b"\nnext\n")
        await settled(pilot, app.view)
        first, second = app.view._ring.shown
        assert first.text == "x" * LONGEST + f"… {40 * 262_144 - LONGEST:,} more characters"
        assert second.text == "next"


async def test_what_happened_to_the_file_ends_a_line_that_had_no_end() -> None:
    async with lines() as (pilot, app):
        app.view.feed(b"half \xe5")
        app.view.note("rotated at 14:02:11Z")
        app.view.feed(b"first of the new\n")
        assert await shown(pilot, app.view) == [
            r"half \xe5", "── rotated at 14:02:11Z ──", "first of the new",
        ]  # fmt: skip


async def test_a_part_of_a_file_has_the_sought_line_in_the_middle() -> None:
    part = SimpleNamespace(
        before=b"".join(b"before %d\n" % each for each in range(20)),
        line=b"the needle\n",
        behind=b"".join(b"behind %d\n" % each for each in range(20)),
        began=False,
        goes_on=False,
    )
    async with lines(height=5) as (pilot, app):
        app.view.show_part(part, "needle")
        assert await shown(pilot, app.view) == [
            "before 18", "before 19", "the needle", "behind 0", "behind 1",
        ]  # fmt: skip


async def test_a_long_line_says_that_it_began_before_and_goes_on() -> None:
    part = SimpleNamespace(before=b"", line=b"needle", behind=b"", began=True, goes_on=True)
    async with lines() as (pilot, app):
        app.view.show_part(part, "needle")
        assert await shown(pilot, app.view) == ["… needle … and so on"]
