"""Everything that is known of one object: titled sections of labelled values and lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from ticrypt_tui.text import shown, shown_lines
from ticrypt_tui.widgets.cells import fitted

LABEL = 10


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
        & > Static { width: 1fr; height: auto; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._said = Static(Content(""))

    def compose(self) -> ComposeResult:
        yield self._said

    def show(self, title: str, sections: Sequence[Section]) -> None:
        """Show these sections under the object's name; the scroll position stays."""
        name = Content.styled(shown(title), "bold")
        self._said.update(Content("\n\n").join([name, content(sections)]))

    def say(self, sentence: str) -> None:
        """Show a sentence in their place."""
        self._said.update(Content.styled(shown(sentence), "$text-muted"))


def content(sections: Sequence[Section]) -> Content:
    """Sections one below the other, an empty line between them."""
    return Content("\n\n").join([_section(section) for section in sections])


def _section(section: Section) -> Content:
    lines = [Content.styled(shown(section.title), "bold $text-accent")] if section.title else []
    width = max((len(label) for label, _ in section.fields), default=0)
    for label, value in section.fields:
        name = fitted(label, min(max(width, LABEL), 2 * LABEL))
        lines.append(Content.assemble((name, "$text-muted"), " ", shown(value)))
    lines += [Content(line) for said in section.lines for line in shown_lines(said)]
    return Content("\n").join(lines)
