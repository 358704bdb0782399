"""The table on the screen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from textual.app import App
from textual.geometry import Region
from textual.message import Message
from textual.pilot import Pilot
from textual.screen import Screen

from tests.widgets.machines import Machine, RowsScreen, machines
from ticrypt_tui.text import shown
from ticrypt_tui.widgets.row_model import Counts
from ticrypt_tui.widgets.row_view import RowView

HOSTILE = (
    "\x1b]0;owned\x07",
    "\x9b31mred",
    "[bold red]x[/]",
    "名前" * 30,
    "e" + "\u0301" * 500,
    "\u202egnp.exe",
    "a\tb\r\nc",
    "\ud800",
    "👩\u200d👩\u200d👧\ufe0f🇩🇪",
    "x" * 10_000,
)


class Shown:
    """A running app with nothing but a table, and what it told."""

    def __init__(self, pilot: Pilot[None], view: RowView, told: list[Message]) -> None:
        self.pilot = pilot
        self.view = view
        self._told = told

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def show(self, rows: Iterable[Any]) -> None:
        self.view.show(list(rows))
        await self.pilot.pause()

    def told(self, kind: type[Message]) -> list[Any]:
        once = {id(message): message for message in self._told}.values()  # each is heard bubbling
        return [message for message in once if isinstance(message, kind)]

    def lines(self) -> list[str]:
        return [self.view.render_line(y).text.rstrip() for y in range(self.view.size.height)]

    def line_of(self, name: str) -> int:
        return next(y for y, line in enumerate(self.lines()) if name in line.split())


class RowsApp(App[None]):
    def __init__(self, screen: RowsScreen) -> None:
        super().__init__()
        self._rows_screen = screen

    def get_default_screen(self) -> Screen[Any]:
        return self._rows_screen


@asynccontextmanager
async def table(
    rows: Iterable[Any] = (), size: tuple[int, int] = (60, 11), **options: Any
) -> AsyncIterator[Shown]:
    screen = RowsScreen(rows, **options)
    told: list[Message] = []
    async with RowsApp(screen).run_test(size=size, message_hook=told.append) as pilot:
        await pilot.pause()
        yield Shown(pilot, screen.view, told)


async def test_a_table_has_a_heading_and_a_line_for_each_row() -> None:
    async with table(machines(1, 2)) as shown_table:
        assert shown_table.lines()[:4] == [
            "   Name              State            Cores  Owner",
            "▸  vm-1              running              1  alice",
            "   vm-2              running              1  alice",
            "",
        ]


async def test_the_heading_says_what_is_sorted_and_which_way_round() -> None:
    async with table(machines(1, 2)) as shown_table:
        shown_table.view.sort_by("cores", descending=True)
        assert " Cores▼ " in shown_table.lines()[0]
        shown_table.view.turn_sort()
        assert " Cores▲ " in shown_table.lines()[0]


async def test_the_next_sort_column_is_the_one_beside_it() -> None:
    async with table(machines(1)) as shown_table:
        shown_table.view.sort_beside(1)
        shown_table.view.sort_beside(1)
        assert shown_table.view.sorting.key == "state"
        shown_table.view.sort_beside(-2)
        assert shown_table.view.sorting.key == "owner"


@pytest.mark.parametrize("width", [1, 3, 8, 20, 47, 80, 200])
async def test_no_name_breaks_a_line(width: int) -> None:
    rows = [Machine(str(number), name, state=name) for number, name in enumerate(HOSTILE)]
    async with table(rows, size=(width, 12)) as shown_table:
        view = shown_table.view
        strips = [view.render_line(y) for y in range(view.size.height)]
        assert {strip.cell_length for strip in strips} == {view.size.width}
        assert all(strip.text == shown(strip.text) for strip in strips)


@pytest.mark.parametrize(
    ("keys", "row"),
    [
        (["down", "j"], "id-2"),
        (["down", "down", "up"], "id-1"),
        (["j", "j", "k"], "id-1"),
        (["pagedown"], "id-10"),
        (["end"], "id-29"),
        (["G", "pageup"], "id-19"),
        (["G", "g"], "id-0"),
        (["G", "home", "up"], "id-0"),
    ],
)
async def test_keys_move_the_cursor_and_it_stays_in_sight(keys: list[str], row: str) -> None:
    async with table(machines(*range(30))) as shown_table:
        await shown_table.press(*keys)
        assert shown_table.view.cursor_id == row
        assert shown_table.lines()[shown_table.line_of(row.replace("id", "vm"))].startswith("▸")


async def test_a_click_selects_and_a_second_one_opens() -> None:
    async with table(machines(1, 2, 3)) as shown_table:
        await shown_table.pilot.click(RowView, offset=(5, 2), times=2)
        await shown_table.pilot.pause()
        assert shown_table.view.cursor_id == "id-2"
        assert [chosen.row.id for chosen in shown_table.told(RowView.Chosen)] == ["id-2"]


async def test_enter_opens_the_selected_row() -> None:
    async with table(machines(1, 2)) as shown_table:
        await shown_table.press("down", "enter")
        assert [chosen.row.id for chosen in shown_table.told(RowView.Chosen)] == ["id-2"]


async def test_a_mark_has_a_sign_and_the_cursor_goes_on() -> None:
    async with table(machines(1, 2)) as shown_table:
        await shown_table.press("space")
        assert shown_table.lines()[1:3] == [
            " * vm-1              running              1  alice",
            "▸  vm-2              running              1  alice",
        ]
        assert shown_table.view.marked_ids == ["id-1"]


async def test_marks_that_end_with_their_objects_are_told() -> None:
    async with table(machines(1, 2, 3)) as shown_table:
        await shown_table.press("space", "space")
        await shown_table.show(machines(2, 3))
        last = shown_table.told(RowView.CountsChanged)[-1]
        assert (last.counts, last.marks_lost) == (Counts(2, 2, 1), 1)


async def test_a_selected_object_that_leaves_is_seen_to_have_left() -> None:
    async with table(machines(1, 2, 3)) as shown_table:
        await shown_table.press("down")
        await shown_table.show(machines(1, 3))
        assert shown_table.view.cursor_gone == "vm-2"
        assert shown_table.lines()[2].startswith("▹  vm-3")
        await shown_table.press("space")
        assert shown_table.view.marked_ids == []
        await shown_table.press("up")
        assert shown_table.view.cursor_gone == ""


async def test_a_reading_of_the_same_rows_tells_nothing_and_paints_nothing() -> None:
    async with table(machines(*range(30))) as shown_table:
        before = len(shown_table.told(Message))
        shown_table.view.show(machines(*range(30)))
        assert not shown_table.view._repaint_regions
        await shown_table.pilot.pause()
        assert not [
            message
            for message in shown_table.told(Message)[before:]
            if isinstance(message, RowView.CountsChanged | RowView.CursorMoved)
        ]


async def test_only_changed_cells_in_sight_are_painted() -> None:
    async with table(machines(*range(30))) as shown_table:
        rows = machines(*range(30))
        rows[4] = replace(rows[4], cores=2)
        rows[25] = replace(rows[25], cores=2)
        shown_table.view.show(rows)
        assert shown_table.view._repaint_regions == {Region(37, 5, 8, 1)}


async def test_the_selected_row_keeps_its_line_when_others_come_and_go() -> None:
    async with table(machines(*range(100))) as shown_table:
        await shown_table.press("pagedown", "pagedown", "up", "up", "up")
        line = shown_table.line_of("vm-17")
        await shown_table.show(machines(*range(100, 150), 17, *range(18, 100, 3)))
        await shown_table.show([*machines(*range(200, 240)), *machines(*range(10, 90))])
        assert shown_table.view.cursor_id == "id-17"
        assert shown_table.line_of("vm-17") == line


async def test_a_reading_leaves_a_page_that_the_wheel_turned_to() -> None:
    async with table(machines(*range(100))) as shown_table:
        shown_table.view.scroll_to(y=50, animate=False)
        await shown_table.show(reversed(machines(*range(100))))
        assert shown_table.lines()[1].split()[0] == "vm-49"
        await shown_table.show(machines(*range(5)))
        assert shown_table.lines()[1].split() == ["▸", "vm-0", "running", "1", "alice"]


def nobodys(row: Machine) -> str:
    return "muted" if row.owner == "nobody" else ""


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark"])
async def test_rows_of_a_role_look_different_in_every_theme(theme: str) -> None:
    async with table([*machines(1, 2), Machine("3", "vm-3", owner="nobody")], row_role=nobodys) as (
        shown_table
    ):
        shown_table.pilot.app.theme = theme
        await shown_table.pilot.pause()
        _, plain, stale = (list(shown_table.view.render_line(y))[1].style for y in (1, 2, 3))
        assert plain != stale


async def test_the_cursor_looks_different_where_the_keys_go_elsewhere() -> None:
    async with table(machines(1, 2)) as shown_table:
        focused = list(shown_table.view.render_line(1))[1].style
        shown_table.pilot.app.set_focus(None)
        await shown_table.pilot.pause()
        assert list(shown_table.view.render_line(1))[1].style != focused
        assert shown_table.lines()[1].startswith("▸")


async def test_without_colours_cursor_marks_and_lost_rows_can_be_told_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with table(machines(1, 2, 3)) as shown_table:
        await shown_table.press("space", "down")
        await shown_table.show(machines(1, 2))
        assert [line[:2] for line in shown_table.lines()[1:3]] == [" *", "▹ "]


async def test_a_bad_filter_is_answered_and_the_last_good_one_stays() -> None:
    async with table(machines(1, 2)) as shown_table:
        assert shown_table.view.filter_by("name:vm-2") == ""
        assert shown_table.view.filter_by("host:x").startswith("There is no column host.")
        assert shown_table.view.filter_text == "name:vm-2"
        assert shown_table.view.counts == Counts(1, 2, 0)


async def test_a_narrower_terminal_keeps_the_cursor_in_sight() -> None:
    async with table(machines(*range(30)), size=(60, 30)) as shown_table:
        await shown_table.press("pagedown")
        await shown_table.pilot.resize_terminal(25, 8)
        await shown_table.pilot.pause()
        assert shown_table.lines()[0].split() == ["Name", "State"]
        assert shown_table.line_of("vm-29") == 7


async def test_very_many_rows_are_shown_at_once_and_sorted_soon() -> None:
    rows = machines(*reversed(range(20_000)))
    async with table(size=(60, 6)) as shown_table:
        shown_table.view.sort_by("name")
        shown_table.view.show(rows)
        assert shown_table.lines()[1].split() == ["vm-19999", "running", "1", "alice"]
        assert shown_table.view.cursor_id is None
        await shown_table.pilot.app.workers.wait_for_complete()
        assert shown_table.lines()[1].split() == ["▸", "vm-0", "running", "1", "alice"]


async def test_keys_work_while_very_many_rows_are_being_sorted() -> None:
    async with table(size=(60, 6)) as shown_table:
        shown_table.view.sort_by("name")
        shown_table.view.show(machines(*range(10_000, 20_000), *range(10_000)))
        await shown_table.press("down", "down")
        await shown_table.pilot.app.workers.wait_for_complete()
        assert shown_table.view.cursor_id == "id-10001"
        assert shown_table.line_of("vm-10001") == 2


async def test_a_newer_reading_takes_the_place_of_one_that_is_being_sorted() -> None:
    async with table(size=(60, 6)) as shown_table:
        shown_table.view.sort_by("name")
        shown_table.view.show(machines(*reversed(range(20_000))))
        await shown_table.pilot.pause()
        shown_table.view.show(machines(*reversed(range(5, 20_005))))
        shown_table.view.show(machines(3, 2))
        await shown_table.pilot.app.workers.wait_for_complete()
        assert [row.id for row in shown_table.view.rows] == ["id-2", "id-3"]


async def test_the_scrollbar_hides_no_part_of_a_column() -> None:
    async with table(machines(*range(3))) as few:
        beside_none = few.lines()[0]
    async with table(machines(*range(500))) as many:
        assert many.view.show_vertical_scrollbar
        assert many.lines()[0] == beside_none
        assert len(many.lines()[1]) < many.view.region.width
