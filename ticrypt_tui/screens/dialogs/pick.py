"""All the objects that a field may hold, narrowed down by typing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, OptionList
from textual.widgets import option_list as lists

from ticrypt_tui.screens.dialogs.dialog import Dialog
from ticrypt_tui.text import shown
from ticrypt_tui.widgets.cells import fitted
from ticrypt_tui.widgets.choice import Choice
from ticrypt_tui.widgets.picker import Option

NAME = 32


class Pick(Dialog[str]):
    """Asks for one of the options; gives its ID, or None."""

    AUTO_FOCUS = "Input"
    DEFAULT_CSS = """
    Pick OptionList {
        height: auto; max-height: 12; border: none; padding: 0; background: $surface;
        scrollbar-size-vertical: 1;
    }
    Pick .answers { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "one up", show=False, priority=True),
        Binding("down", "move(1)", "one down", show=False, priority=True),
    ]

    def __init__(self, title: str, options: Sequence[Option], chosen: str) -> None:
        super().__init__(title)
        self._options, self._chosen = tuple(options), chosen
        self._listed: list[Option] = []

    def body(self) -> Iterable[Widget]:
        field = Input(placeholder="type to narrow it down", select_on_focus=False)
        field.cursor_blink = False
        yield field
        yield OptionList()

    def answers(self) -> Sequence[Choice]:
        return []

    def on_mount(self) -> None:
        self._list("")

    def on_input_changed(self, event: Input.Changed) -> None:
        self._list(event.value)

    def on_input_submitted(self) -> None:
        place = self.query_one(OptionList).highlighted
        if place is not None and place < len(self._listed):
            self.dismiss(self._listed[place].id)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._listed[event.option_index].id)

    def action_move(self, step: int) -> None:
        view = self.query_one(OptionList)
        view.action_cursor_down() if step > 0 else view.action_cursor_up()

    def _list(self, typed: str) -> None:
        self._listed = matching(self._options, typed)
        view = self.query_one(OptionList)
        view.clear_options()
        width = min(NAME, max((cell_len(shown(each.name)) for each in self._options), default=0))
        view.add_options([lists.Option(_line(each, width)) for each in self._listed])
        here = [n for n, each in enumerate(self._listed) if each.id == self._chosen]
        view.highlighted = here[0] if here else 0 if self._listed else None


def matching(options: Iterable[Option], typed: str) -> list[Option]:
    """The options that have every typed word in their name or in what is said of them."""
    words = typed.lower().split()
    return [
        each for each in options
        if all(word in f"{each.name} {each.note}".lower() for word in words)
    ]  # fmt: skip


def _line(option: Option, width: int) -> Content:
    return Content.assemble(fitted(option.name, width), "   ", (shown(option.note), "$text-muted"))
