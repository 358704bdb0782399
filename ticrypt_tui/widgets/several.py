"""Several of many objects: the chosen ones are in sight, all of them are a key away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from ticrypt_tui.text import shown
from ticrypt_tui.widgets.picker import Option


class Several(Widget, can_focus=True):
    """Shows how many objects are chosen, and their names as far as there is room; enter asks for
    the whole list. Its value is their IDs, sorted, so that the same choice is the same value."""

    DEFAULT_CSS = """
    Several { width: 1fr; height: 1; padding: 0 1; background: $panel; }
    Several:focus { background: $primary 30%; }
    Several:focus:ansi { text-style: reverse; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "open", "all of them", show=False),
    ]

    class Changed(Message):
        """Others are chosen."""

    @dataclass
    class Opened(Message):
        """The whole list is asked for."""

        several: Several

    def __init__(
        self, options: Sequence[Option], chosen: Iterable[str] = (), nothing: str = ""
    ) -> None:
        super().__init__()
        self.options = tuple(options)
        self.value = tuple(sorted(chosen))
        self._nothing = nothing

    def offer(self, options: Sequence[Option], nothing: str = "") -> None:
        """Let these be the ones to choose from; those that are not among them are not chosen.

        `nothing` is why there is nothing to choose from.
        """
        self.options, self._nothing = tuple(options), nothing
        there = {each.id for each in self.options}
        self.put(each for each in self.value if each in there)
        self.refresh()

    def put(self, value: Iterable[str]) -> None:
        """Choose by IDs."""
        wanted = tuple(sorted(value))
        if wanted != self.value:
            self.value = wanted
            self.refresh()
            self.post_message(self.Changed())

    @property
    def names(self) -> list[str]:
        """How the chosen ones are called, in the order of the options."""
        return [each.name for each in self.options if each.id in self.value]

    def render(self) -> Content:
        if self.value:
            names = shown(", ".join(self.names))
            said = Content.assemble((names, "bold"), (f"   {len(self.value)}", "$text-muted"))
        else:
            none = "none" if self.options else self._nothing or "there is none"
            said = Content.styled(none, "$text-muted")
        room = max(self.content_size.width - 2, 1)
        said = said.truncate(room, ellipsis=True)
        return Content.assemble(said, " " * (room - said.cell_length), (" ▾", "$text-muted"))

    def action_open(self) -> None:
        if self.options:
            self.post_message(self.Opened(self))

    def on_click(self) -> None:
        self.action_open()
