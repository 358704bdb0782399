"""One of many objects: the chosen one is in sight, the others are a key away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from ticrypt_tui.text import shown


@dataclass(frozen=True, slots=True)
class Option:
    """An object to choose: its ID, its name, and a word about it; an empty ID means none."""

    id: str
    name: str
    note: str = ""


class Picker(Widget, can_focus=True):
    """Shows the chosen object; left and right go through them, a letter to the next that begins
    so, and enter asks for the whole list."""

    DEFAULT_CSS = """
    Picker { width: 1fr; height: 1; padding: 0 1; background: $panel; }
    Picker:focus { background: $primary 30%; }
    Picker:focus:ansi { text-style: reverse; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "the one before", show=False),
        Binding("right", "step(1)", "the next one", show=False),
        Binding("enter,space", "open", "all of them", show=False),
    ]

    class Changed(Message):
        """Another object is chosen."""

    @dataclass
    class Opened(Message):
        """The whole list is asked for."""

        picker: Picker

    def __init__(
        self, options: Sequence[Option], chosen: str = "", empty: str = "choose", nothing: str = ""
    ) -> None:
        super().__init__()
        self.options = tuple(options)
        self.value = chosen
        self._empty, self._nothing = empty, nothing

    def offer(self, options: Sequence[Option], nothing: str = "") -> None:
        """Let these be the ones to choose from; one that is not among them is no longer chosen.

        `nothing` is why there is nothing to choose from.
        """
        self.options, self._nothing = tuple(options), nothing
        if self.value not in {each.id for each in self.options}:
            self.put("")
        self.refresh()

    def put(self, value: str) -> None:
        """Choose by ID."""
        if value != self.value:
            self.value = value
            self.refresh()
            self.post_message(self.Changed())

    def name_of(self, value: str) -> str:
        """How an object is called."""
        return next((each.name for each in self.options if each.id == value), value)

    def render(self) -> Content:
        chosen = next((each for each in self.options if each.id == self.value), None)
        if chosen is None or not chosen.id:
            none = self._nothing or (self._empty if self.options else "there is none")
            said = Content.styled(none, "$text-muted")
        else:
            note = (f"   {shown(chosen.note)}", "$text-muted") if chosen.note else ""
            said = Content.assemble((shown(chosen.name), "bold"), note)
        room = max(self.content_size.width - 2, 1)
        said = said.truncate(room, ellipsis=True)
        return Content.assemble(said, " " * (room - said.cell_length), (" ▾", "$text-muted"))

    def action_step(self, step: int) -> None:
        if self.options:
            here = next((n for n, each in enumerate(self.options) if each.id == self.value), -1)
            start = here if here >= 0 or step > 0 else 0
            self.put(self.options[(start + step) % len(self.options)].id)

    def action_open(self) -> None:
        if self.options:
            self.post_message(self.Opened(self))

    def on_click(self) -> None:
        self.action_open()

    def on_key(self, event: events.Key) -> None:
        letter = event.character or ""
        if event.is_printable and letter.isalnum():
            event.stop()
            self._jump(letter.lower())

    def _jump(self, letter: str) -> None:
        here = next((n for n, each in enumerate(self.options) if each.id == self.value), -1)
        turned = (*self.options[here + 1 :], *self.options[: here + 1])
        found = (each for each in turned if each.id and each.name.lower().startswith(letter))
        if (first := next(found, None)) is not None:
            self.put(first.id)
