"""A field that holds several objects: chosen from a list, by keys alone."""

from __future__ import annotations

from types import SimpleNamespace

from textual.app import App, ComposeResult

from ticrypt_tui.screens.declaration import Field, Kind
from ticrypt_tui.screens.dialogs.pick_several import PickSeveral
from ticrypt_tui.screens.form_values import face, held
from ticrypt_tui.widgets.form_field import FormField
from ticrypt_tui.widgets.picker import Option
from ticrypt_tui.widgets.several import Several

ALICE, BOB, EVE = Option("3", "alice", "Alice A."), Option("1", "bob"), Option("2", "\x1b[eve]")
MEMBERS = Field("members", "Members", Kind.OBJECTS)


class Program(App[None]):
    """One field, and what is asked for it."""

    def __init__(self, several: Several) -> None:
        super().__init__()
        self.several = several
        self.taken: tuple[str, ...] | None = None

    def compose(self) -> ComposeResult:
        yield FormField("members", "Members", self.several)

    def on_several_opened(self) -> None:
        def take(value: tuple[str, ...] | None) -> None:
            self.taken = value

        question = PickSeveral("Members", self.several.options, self.several.value)
        self.push_screen(question, take)


async def test_the_chosen_ones_are_named_and_counted() -> None:
    several = Several([ALICE, BOB, EVE], ("3", "2"))
    async with Program(several).run_test(size=(60, 12)):
        assert several.value == ("2", "3")
        assert r"alice, \u{1b}[eve]   2" in several.render().plain


async def test_none_chosen_says_so() -> None:
    several = Several([ALICE])
    async with Program(several).run_test(size=(60, 12)):
        assert "none" in several.render().plain
        several.offer([])
        assert "there is none" in several.render().plain


async def test_enter_ticks_and_ticks_off_and_what_is_ticked_is_taken() -> None:
    program = Program(Several([ALICE, BOB, EVE], ("3",)))
    async with program.run_test(size=(80, 24)) as pilot:
        program.query_one(FormField).enter()
        await pilot.press("enter", "enter", "down", "enter", "ctrl+s")
        await pilot.pause()
        assert program.taken == ("1",)


async def test_typing_narrows_the_list_and_keeps_what_was_ticked_before() -> None:
    program = Program(Several([ALICE, BOB, EVE], ("2",)))
    async with program.run_test(size=(80, 24)) as pilot:
        program.query_one(FormField).enter()
        await pilot.press("enter", *"bob", "enter", "ctrl+s")
        await pilot.pause()
        assert program.taken == ("1", "2")


async def test_leaving_takes_nothing() -> None:
    program = Program(Several([ALICE, BOB]))
    async with program.run_test(size=(80, 24)) as pilot:
        program.query_one(FormField).enter()
        await pilot.press("enter", "enter", "escape")
        await pilot.pause()
        assert program.taken is None


def test_the_same_choice_is_the_same_value_in_whatever_order_it_is_stored() -> None:
    row = SimpleNamespace(members=("3", "1"))
    assert held(MEMBERS, row) == ("1", "3")
    assert face(MEMBERS, ("1", "3"), [ALICE, BOB]) == "alice, bob"
