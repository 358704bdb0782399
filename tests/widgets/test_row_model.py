"""What a table keeps through every reading: order, cursor and marks, by ID."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.widgets.machines import COLUMNS, Machine, machines
from ticrypt_tui.backend.errors import WrongUse
from ticrypt_tui.widgets.row_model import Counts, RowModel
from ticrypt_tui.widgets.row_order import Sorting


def settled(model: RowModel) -> list[str]:
    """Lets a model take in what was read and asked; the IDs that it shows then."""
    for arrangement in model.working():
        if arrangement is not None:
            model.arrange(arrangement)
    return model.shown.order


def shown(model: RowModel, rows: list[Machine]) -> list[str]:
    """What a model shows after a reading."""
    model.read(rows)
    return settled(model)


def arrangements(model: RowModel, rows: list[Machine]) -> int:
    """How often a reading makes a model arrange its rows anew."""
    model.read(rows)
    return sum(arrangement is not None for arrangement in model.working())


@pytest.fixture
def model() -> RowModel:
    """A table of vm-1 to vm-5, sorted by name, with its cursor on vm-3."""
    model = RowModel(COLUMNS)
    model.sort_by(Sorting("name"))
    shown(model, machines(1, 2, 3, 4, 5))
    model.choose(2)
    return model


def test_rows_without_a_sort_column_stand_as_given() -> None:
    assert shown(RowModel(COLUMNS), machines(3, 1, 2)) == ["id-3", "id-1", "id-2"]


def test_names_sort_as_people_count() -> None:
    model = RowModel(COLUMNS)
    model.sort_by(Sorting("name"))
    assert shown(model, machines(10, 9, 100)) == ["id-9", "id-10", "id-100"]


def test_a_column_sorts_by_what_it_declares() -> None:
    model = RowModel(COLUMNS)
    model.sort_by(Sorting("cores", descending=True))
    rows = [Machine("a", "a", cores=9), Machine("b", "b", cores=10), Machine("c", "c", cores=1)]
    assert shown(model, rows) == ["b", "a", "c"]


def test_equal_rows_keep_their_order_either_way_round() -> None:
    model = RowModel(COLUMNS)
    model.sort_by(Sorting("state"))
    assert shown(model, machines(3, 1, 2)) == ["id-3", "id-1", "id-2"]
    model.sort_by(Sorting("state", descending=True))
    assert settled(model) == ["id-3", "id-1", "id-2"]


def test_a_reading_that_equals_the_last_asks_for_no_work(model: RowModel) -> None:
    assert arrangements(model, machines(1, 2, 3, 4, 5)) == 0


def test_an_equal_row_stays_the_known_object(model: RowModel) -> None:
    known = model.shown.rows["id-1"]
    shown(model, machines(1, 2, 3, 4, 5))
    assert model.shown.rows["id-1"] is known


def test_a_change_that_moves_no_row_asks_for_no_work(model: RowModel) -> None:
    rows = machines(1, 2, 3, 4, 5)
    rows[1] = replace(rows[1], state="paused")
    assert arrangements(model, rows) == 0


def test_a_change_of_the_sorted_column_moves_the_row_each_time(model: RowModel) -> None:
    rows = machines(1, 2, 3, 4, 5)
    rows[0] = replace(rows[0], name="vm-9")
    assert shown(model, rows)[-1] == "id-1"
    assert shown(model, machines(1, 2, 3, 4, 5))[0] == "id-1"


def test_a_row_that_begins_to_match_comes_and_one_that_stops_goes(model: RowModel) -> None:
    model.filter_by("state:running")
    settled(model)
    rows = machines(1, 2, 3, 4, 5)
    rows[4] = replace(rows[4], state="paused")
    assert shown(model, rows) == ["id-1", "id-2", "id-3", "id-4"]
    assert shown(model, machines(1, 2, 3, 4, 5))[-1] == "id-5"


def test_a_filter_that_says_nothing_leaves_the_last_one(model: RowModel) -> None:
    model.filter_by("vm-1")
    with pytest.raises(WrongUse):
        model.filter_by("host:x")
    assert settled(model) == ["id-1"]


def test_the_first_reading_puts_the_cursor_on_the_first_row() -> None:
    model = RowModel(COLUMNS)
    shown(model, machines(4, 2))
    assert model.selection.cursor == "id-4"


def test_the_cursor_goes_with_its_object(model: RowModel) -> None:
    rows = machines(1, 2, 3, 4, 5)
    rows[2] = replace(rows[2], name="a-first")
    assert shown(model, [*machines(0), *rows])[0] == "id-3"
    assert (model.selection.cursor, model.cursor_gone) == ("id-3", "")


def test_a_lost_object_is_named_and_the_cursor_waits_beside(model: RowModel) -> None:
    shown(model, machines(1, 2, 4, 5))
    assert (model.selection.cursor, model.cursor_gone) == ("id-4", "vm-3")


def test_where_nothing_is_below_the_cursor_waits_above(model: RowModel) -> None:
    model.choose(4)
    shown(model, machines(1, 2))
    assert (model.selection.cursor, model.cursor_gone) == ("id-2", "vm-5")


def test_the_first_lost_object_is_the_one_that_is_named(model: RowModel) -> None:
    shown(model, machines(1, 2, 4, 5))
    shown(model, machines(1, 2, 5))
    assert (model.selection.cursor, model.cursor_gone) == ("id-5", "vm-3")


def test_a_lost_object_is_named_even_when_nothing_is_left(model: RowModel) -> None:
    shown(model, [])
    assert (model.selection.cursor, model.cursor_gone) == (None, "vm-3")
    shown(model, machines(7))
    assert (model.selection.cursor, model.cursor_gone) == ("id-7", "vm-3")


def test_the_cursor_returns_to_an_object_that_comes_back(model: RowModel) -> None:
    shown(model, machines(1, 2, 4, 5))
    shown(model, machines(1, 2, 3, 4, 5))
    assert (model.selection.cursor, model.cursor_gone) == ("id-3", "")


def test_a_step_of_the_cursor_forgets_what_was_lost(model: RowModel) -> None:
    shown(model, machines(1, 2, 4, 5))
    model.choose(0)
    shown(model, machines(1, 2, 3, 4, 5))
    assert (model.selection.cursor, model.cursor_gone) == ("id-1", "")


def test_an_object_that_stops_matching_by_itself_counts_as_lost(model: RowModel) -> None:
    model.filter_by("state:running")
    settled(model)
    rows = machines(1, 2, 3, 4, 5)
    rows[2] = replace(rows[2], state="stopped")
    shown(model, rows)
    assert (model.selection.cursor, model.cursor_gone) == ("id-4", "vm-3")


def test_a_filter_that_hides_the_selected_row_selects_its_neighbour(model: RowModel) -> None:
    model.filter_by("!vm-3")
    settled(model)
    assert (model.selection.cursor, model.cursor_gone) == ("id-4", "")


def test_marks_stay_with_their_objects_and_end_with_them(model: RowModel) -> None:
    model.selection.marks |= {"id-2", "id-5"}
    shown(model, machines(5, 4, 3))
    assert model.marks_lost == 1
    assert model.marked_ids == ["id-5"]


def test_marks_that_the_filter_hides_are_still_marks(model: RowModel) -> None:
    model.selection.marks |= {"id-1", "id-5"}
    model.filter_by("vm-5")
    settled(model)
    assert model.marked_ids == ["id-5", "id-1"]
    assert model.counts == Counts(shown=1, total=5, marked=2)


def test_a_long_reading_is_glimpsed_as_given_with_no_row_selected() -> None:
    model = RowModel(COLUMNS)
    model.sort_by(Sorting("name"))
    model.read(machines(*range(1_000, 0, -1)))
    assert model.shown.order[:2] == ["id-1000", "id-999"]
    assert (model.counts, model.selection.cursor) == (Counts(200, 1_000, 0), None)
    assert settled(model)[0] == model.selection.cursor == "id-1"


def test_what_is_asked_while_a_reading_is_taken_in_is_taken_in_too(model: RowModel) -> None:
    model.read(machines(*range(2_000)))
    working = model.working()
    next(working)
    model.sort_by(Sorting("cores"))
    model.filter_by("vm-19")
    model.read(machines(*range(190, 200)))
    for arrangement in working:
        if arrangement is not None:
            model.arrange(arrangement)
    assert model.shown.order == [f"id-{number}" for number in range(190, 200)]


def test_a_sort_asked_in_the_middle_of_another_disturbs_no_comparison() -> None:
    model = RowModel(COLUMNS)
    model.sort_by(Sorting("name"))
    model.read(machines(*range(2_000)))
    working = model.working()
    for _ in range(6):
        next(working)
    model.sort_by(Sorting("cores", descending=True))
    for arrangement in working:
        if arrangement is not None:
            model.arrange(arrangement)
    assert model.shown.order[0] == "id-0"


def test_rows_that_left_are_still_shown_until_the_others_take_their_places(model: RowModel) -> None:
    model.read(machines(5))
    working = model.working()
    next(working)
    next(working)
    assert [model.shown.rows[key].cores for key in model.shown.order] == [1] * 5
