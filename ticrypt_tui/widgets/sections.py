"""Everything that is known of one object: titled sections of labelled values and lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from ticrypt_tui.text import shown, shown_lines
from ticrypt_tui.widgets.cells import fitted

LABEL, NARROWEST = 14, 24
WARNS = "!"
"""A section whose title begins so is a warning."""


class Section(Protocol):
    """A part of the details, as the services give it."""

    @property
    def title(self) -> str: ...
    @property
    def fields(self) -> Sequence[tuple[str, str]]: ...
    @property
    def lines(self) -> Sequence[str]: ...


class Sections(VerticalScroll):
    """A panel that shows sections, and scrolls where they are longer than it is high."""

    DEFAULT_CSS = """
    Sections {
        background: $surface; padding: 0 1; scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        & > Static { width: 1fr; height: auto; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._said = Static(Content(""))
        self._shown: tuple[str, tuple[Section, ...]] = ("", ())

    def compose(self) -> ComposeResult:
        yield self._said

    def show(self, title: str, sections: Sequence[Section]) -> None:
        """Show these sections under the object's name; the scroll position stays."""
        self._shown = title, tuple(sections)
        self._said.update(content(*self._shown, width=self._room))

    def say(self, sentence: str) -> None:
        """Show a sentence in their place."""
        self._shown = "", ()
        self._said.update(Content.styled(shown(sentence), "$text-muted"))

    def on_resize(self) -> None:
        if self._shown[0]:
            self._said.update(content(*self._shown, width=self._room))

    @property
    def _room(self) -> int:
        return max(self.scrollable_content_region.width, NARROWEST)


def content(title: str, sections: Sequence[Section], width: int) -> Content:
    """Sections under a title, one below the other, each value beside its label."""
    parts = [Content.styled(shown(title), "bold"), *(_section(each, width) for each in sections)]
    return Content("\n\n").join(parts)


def _section(section: Section, width: int) -> Content:
    role = "$text-warning" if section.title.startswith(WARNS) else "$text-accent"
    lines = [Content.styled(shown(section.title), f"bold {role}")] if section.title else []
    labels = max((cell_len(shown(label)) for label, _ in section.fields), default=0)
    for label, value in section.fields:
        lines += _field(fitted(label, min(labels, LABEL)), value, width)
    lines += [Content(line) for said in section.lines for line in shown_lines(said)]
    return Content("\n").join(lines)


def _field(label: str, value: str, width: int) -> list[Content]:
    """A label and its value; what does not fit into one line goes on below the value's start."""
    first, *more = Content(shown(value)).wrap(width - cell_len(label) - 2) or [Content("")]
    indent = Content(" " * (cell_len(label) + 2))
    return [
        Content.assemble((label, "$text-muted"), "  ", first),
        *(Content.assemble(indent, line) for line in more),
    ]
