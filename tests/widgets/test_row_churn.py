"""Whatever comes, goes, moves or is asked: a table against a naive one."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.widgets.machines import COLUMNS, Machine
from ticrypt_tui.widgets.natural import sort_key
from ticrypt_tui.widgets.query import Query, haystack, parsed
from ticrypt_tui.widgets.row_model import RowModel
from ticrypt_tui.widgets.row_order import Sorting

STATES = ("running", "paused", "crashed")
ROW = st.builds(
    lambda number, state, cores: Machine(f"id-{number}", f"vm-{number}", state, cores),
    st.integers(0, 30),
    st.sampled_from(STATES),
    st.integers(1, 3),
)
READING = st.lists(ROW, max_size=20, unique_by=lambda row: row.id)


class Churn(RuleBasedStateMachine):
    """A table, and what a person of it knows: the rows read last, and the row that was chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.model = RowModel(COLUMNS)
        self.rows: list[Machine] = []
        self.query = Query()
        self.chosen: str | None = None
        self.marks: set[str] = set()

    def settle(self) -> None:
        for arrangement in self.model.working():
            if arrangement is not None:
                self.model.arrange(arrangement)

    @rule(rows=READING)
    def read(self, rows: list[Machine]) -> None:
        self.rows = rows
        self.model.read(rows)
        self.settle()
        known = {row.id for row in rows}
        assert self.model.marks_lost == len(self.marks - known)
        self.model.marks_lost = 0
        self.marks &= known
        self.chosen = self.chosen or self.model.selection.cursor

    @rule(text=st.sampled_from(["", "run", "state:paused", "!crashed", "cores:2 vm-1"]))
    def filter(self, text: str) -> None:
        self.query = parsed(text, self.model.order.titles)
        self.model.filter_by(text)
        self.settle()
        if not self.model.selection.gone:
            self.chosen = self.model.selection.cursor

    @rule(key=st.sampled_from(["", "name", "state", "cores"]), descending=st.booleans())
    def sort(self, key: str, descending: bool) -> None:
        self.model.sort_by(Sorting(key, descending))
        self.settle()

    @rule(place=st.integers(0, 30))
    def choose(self, place: int) -> None:
        self.model.choose(place)
        if self.model.shown.order:
            self.chosen = self.model.selection.cursor

    @rule()
    def mark(self) -> None:
        if self.model.selection.cursor is not None:
            self.model.selection.turn_mark(self.model.selection.cursor)
            self.marks ^= {self.model.selection.cursor}

    @invariant()
    def shows_what_matches_in_order(self) -> None:
        expected = [
            row
            for row in self.rows
            if self.query.holds(haystack([column.value(row) for column in COLUMNS]))
        ]
        sorting = self.model.order.sorting
        if sorting.key:
            column = self.model.order.columns[sorting.key]
            value = column.sorts_by or column.value
            expected.sort(key=lambda row: sort_key(value(row)), reverse=sorting.descending)
        assert [self.model.shown.rows[key] for key in self.model.shown.order] == expected

    @invariant()
    def the_selected_object_never_changes_by_itself(self) -> None:
        selection = self.model.selection
        assert selection.gone or selection.cursor in (self.chosen, None)
        assert not selection.gone or selection.gone == self.chosen

    @invariant()
    def the_cursor_stands_on_a_shown_row_if_there_is_one(self) -> None:
        shown = self.model.shown.order
        cursor = self.model.selection.cursor
        assert cursor in shown if shown else cursor is None

    @invariant()
    def marks_are_those_that_were_made(self) -> None:
        assert set(self.model.marked_ids) == self.marks


Churn.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
test_a_table_agrees_with_a_naive_one = Churn.TestCase
