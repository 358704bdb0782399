"""All the objects of which a field may hold several, narrowed down by typing, and ticked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, OptionList
from textual.widgets import option_list as lists

from ticrypt_tui.screens.dialogs.dialog import CANCEL, Dialog
from ticrypt_tui.screens.dialogs.pick import NAME, matching
from ticrypt_tui.text import shown
from ticrypt_tui.widgets.cells import fitted
from ticrypt_tui.widgets.choice import Choice
from ticrypt_tui.widgets.picker import Option


class PickSeveral(Dialog[tuple[str, ...]]):
    """Asks for some of the options; gives their IDs, or None."""

    AUTO_FOCUS = "Input"
    DEFAULT_CSS = """
    PickSeveral > .box { border-subtitle-color: $text-muted; }
    PickSeveral OptionList {
        height: auto; max-height: 12; border: none; padding: 0; background: $surface;
        scrollbar-size-vertical: 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "one up", show=False, priority=True),
        Binding("down", "move(1)", "one down", show=False, priority=True),
        Binding("ctrl+s", "take", "take what is ticked", show=False, priority=True),
    ]

    def __init__(self, title: str, options: Sequence[Option], chosen: Iterable[str]) -> None:
        super().__init__(title)
        self._options, self._chosen = tuple(options), set(chosen)
        self._listed: list[Option] = []

    def body(self) -> Iterable[Widget]:
        field = Input(placeholder="type to narrow it down", select_on_focus=False)
        field.cursor_blink = False
        yield field
        yield OptionList()

    def answers(self) -> Sequence[Choice]:
        return [Choice("take", "Take these"), Choice(CANCEL, "Cancel")]

    def on_mount(self) -> None:
        self.query_one(".box").border_subtitle = "enter tick · ctrl+s take · escape leave"
        self._list("")

    def on_input_changed(self, event: Input.Changed) -> None:
        self._list(event.value)

    def on_input_submitted(self) -> None:
        self._turn(self.query_one(OptionList).highlighted)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self._turn(event.option_index)

    def answered(self, answer: str) -> None:
        self.action_take()

    def action_take(self) -> None:
        self.dismiss(tuple(sorted(self._chosen)))

    def action_move(self, step: int) -> None:
        view = self.query_one(OptionList)
        view.action_cursor_down() if step > 0 else view.action_cursor_up()

    def _turn(self, place: int | None) -> None:
        """Tick an option, or tick it no more."""
        if place is None or place >= len(self._listed):
            return
        option = self._listed[place]
        self._chosen ^= {option.id}
        view = self.query_one(OptionList)
        view.replace_option_prompt_at_index(place, self._line(option))

    def _list(self, typed: str) -> None:
        self._listed = matching(self._options, typed)
        view = self.query_one(OptionList)
        view.clear_options()
        view.add_options([lists.Option(self._line(each)) for each in self._listed])
        view.highlighted = 0 if self._listed else None

    def _line(self, option: Option) -> Content:
        width = min(NAME, max(cell_len(shown(each.name)) for each in self._options))
        tick = "x" if option.id in self._chosen else " "
        name, note = fitted(option.name, width), shown(option.note)
        return Content.assemble(f"[{tick}] ", name, "   ", (note, "$text-muted"))
