"""What every dialog is made of: a titled box, what it says, and its answers in one row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from ticrypt_tui.screens.keys import bound
from ticrypt_tui.text import shown
from ticrypt_tui.widgets.backlog import PatientScreen
from ticrypt_tui.widgets.choice import Choice

Result = TypeVar("Result")
CANCEL = "cancel"


class Dialog(PatientScreen, ModalScreen[Result]):
    """A question or an answer in a box; escape and Cancel give None."""

    AUTO_FOCUS = f"#choice-{CANCEL}"
    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 60%; }
    Dialog:ansi { background: ansi_default; }
    Dialog > .box {
        width: 72; max-width: 94%; height: auto; max-height: 90%; padding: 1 2 0 2;
        background: $surface; border: round $primary; border-title-style: bold;
        border-title-color: $foreground; scrollbar-size-vertical: 1;
    }
    Dialog.-danger > .box { border: round $error; border-title-color: $error; }
    Dialog.-refused > .box { border: round $warning; border-title-color: $warning; }
    Dialog Static { width: 1fr; height: auto; }
    Dialog .answers { height: 1; align-horizontal: right; margin: 1 0 0 0; }
    Dialog Input, Dialog Input:focus {
        border: round $border-blurred; height: 3; padding: 0 1; background: $surface;
    }
    Dialog Input:focus { border: round $primary; }
    Dialog .fault { color: $error; display: none; margin: 1 0 0 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("back", "leave", "close"),
    ]

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title_text = shown(title)

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="box", can_focus=False) as box:
            box.border_title = Content(self._title_text)
            yield from self.body()
            yield Static(classes="fault")
            yield Horizontal(*self.answers(), classes="answers")

    def body(self) -> Iterable[Widget]:
        """What stands above the answers."""
        return ()

    def answers(self) -> Sequence[Choice]:
        """The answers from left to right."""
        return [Choice(CANCEL, "Cancel")]

    def retitle(self, title: str) -> None:
        """Give the box another title."""
        self.query_one(".box").border_title = Content(shown(title))

    def complain(self, sentence: str) -> None:
        """Say what is missing before the answer can be taken."""
        fault = self.query_one(".fault", Static)
        fault.update(Content(shown(sentence)))
        fault.display = True

    def on_choice_pressed(self, event: Choice.Pressed) -> None:
        event.stop()
        if event.answer == CANCEL:
            self.action_leave()
        else:
            self.answered(event.answer)

    def answered(self, answer: str) -> None:
        """Another answer than Cancel was chosen."""

    def action_leave(self) -> None:
        self.dismiss(None)


def sentences(lines: Iterable[str]) -> Static:
    """Lines of foreign text, one below the other."""
    return Static(Content("\n").join([Content(shown(line)) for line in lines]))
