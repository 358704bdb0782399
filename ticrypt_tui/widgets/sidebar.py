"""The tabs in their groups, each with how many rows it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from ticrypt_tui.config.keymap import DEFAULTS
from ticrypt_tui.widgets.cells import fitted


@dataclass(frozen=True, slots=True)
class Entry:
    """A tab in the sidebar; no count where none is known yet."""

    name: str
    title: str
    group: str
    count: int | None = None


class Sidebar(Widget, can_focus=True):
    """The groups and tabs; the tab that is open is marked, a cursor walks when it has the focus."""

    DEFAULT_CSS = """
    Sidebar {
        width: 22; height: 1fr; padding: 1 0 0 0; background: $surface;
        border-right: solid $border-blurred;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(DEFAULTS["up"], "walk(-1)", "one tab up", id="up", show=False),
        Binding(DEFAULTS["down"], "walk(1)", "one tab down", id="down", show=False),
        Binding(DEFAULTS["detail"], "choose", "open the tab", id="detail", show=False),
    ]

    @dataclass
    class Chosen(Message):
        """A tab was chosen by name."""

        name: str

    def __init__(self, here: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._here = self._cursor = here
        self._entries: tuple[Entry, ...] = ()

    def show(self, entries: Sequence[Entry]) -> None:
        """Show these tabs; repaints only when something differs."""
        if self._entries != tuple(entries):
            self._entries = tuple(entries)
            self.refresh()

    def render(self) -> Content:
        lines = [self._line(entry) for entry in self._lines()]
        return Content("\n").join(lines)

    def _lines(self) -> list[Entry | str]:
        """Group headings, tabs, and an empty line before each further group."""
        lines: list[Entry | str] = []
        group = ""
        for entry in self._entries:
            if entry.group != group:
                lines += ["", entry.group] if group else [entry.group]
                group = entry.group
            lines.append(entry)
        return lines

    def _line(self, entry: Entry | str) -> Content:
        if isinstance(entry, str):
            return Content.styled(fitted(f" {entry}", self.content_size.width), "$text-muted")
        width = self.content_size.width
        count = "" if entry.count is None else f"{entry.count:,}"
        title = fitted(f" {entry.title}", width - len(count) - 2)
        here = entry.name == self._here
        bar = Content.styled("▌" if here else " ", "$accent")
        return Content.assemble(
            bar,
            (title, self._style(entry)),
            (f"{count} ", "$text-accent" if here else "$text-muted"),
        )

    def _style(self, entry: Entry) -> str:
        if self.has_focus and entry.name == self._cursor:
            return "$block-cursor-foreground on $block-cursor-background"
        return "bold" if entry.name == self._here else ""

    def action_walk(self, step: int) -> None:
        names = [entry.name for entry in self._entries]
        if self._cursor in names:
            place = names.index(self._cursor) + step
            self._cursor = names[max(0, min(place, len(names) - 1))]
            self.refresh()

    def action_choose(self) -> None:
        self.post_message(self.Chosen(self._cursor))

    def on_focus(self) -> None:
        self._cursor = self._here

    def on_click(self, event: events.Click) -> None:
        lines = self._lines()
        line = event.get_content_offset_capture(self).y
        if line < len(lines) and isinstance(entry := lines[line], Entry):
            self.post_message(self.Chosen(entry.name))
