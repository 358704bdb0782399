"""A plain question before something is done, and the same with the object's name typed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from ticrypt_tui.screens.dialogs.dialog import CANCEL, Dialog, sentences
from ticrypt_tui.text import shown
from ticrypt_tui.widgets.choice import Choice
from ticrypt_tui.widgets.typed_past import TypedPast


class Confirm(Dialog[bool]):
    """Asks whether to go on; gives True, or None."""

    def __init__(self, title: str, lines: Sequence[str], verb: str) -> None:
        super().__init__(title)
        self._lines, self._verb = lines, verb

    def body(self) -> Iterable[Widget]:
        yield sentences(self._lines)

    def answers(self) -> Sequence[Choice]:
        return [Choice("go", self._verb), Choice(CANCEL, "Cancel")]

    def answered(self, answer: str) -> None:
        self.dismiss(True)


class TypedConfirm(Confirm):
    """Asks for a word to be typed first: the object's name, or for several how many they are."""

    DEFAULT_CSS = """
    TypedConfirm .typed { margin: 1 0 0 0; }
    """

    def __init__(self, title: str, lines: Sequence[str], verb: str, word: str) -> None:
        super().__init__(title, lines, verb)
        self.add_class("-danger")
        self._word = word

    def body(self) -> Iterable[Widget]:
        yield from super().body()
        yield typed_label(self._word)
        yield typed_input()

    def answers(self) -> Sequence[Choice]:
        return [Choice("go", self._verb, danger=True), Choice(CANCEL, "Cancel")]

    def on_mount(self) -> None:
        take_typed(self, True)

    def answered(self, answer: str) -> None:
        if fault := mistyped(self, self._word):
            self.complain(fault)
        else:
            super().answered(answer)

    def on_input_submitted(self) -> None:
        self.answered("go")


def typed_label(word: str) -> Static:
    """Says which word is to be typed."""
    asked = Content.assemble("Type ", (shown(word), "bold"), " to go on:")
    return Static(asked, classes="typed")


def typed_input() -> Input:
    """Where that word is typed."""
    field = Input(classes="typed-name")
    field.cursor_blink = False
    return field


def take_typed(dialog: Dialog[bool], takes: bool) -> None:
    """Let what is typed go into the field from wherever the focus is, such as Cancel; or not."""
    field = dialog.query_one(".typed-name", Input)
    for each in dialog.query(TypedPast):
        each.field = field if takes else None


def mistyped(dialog: Dialog[bool], word: str) -> str:
    """What is wrong with the word that was typed, or ''.

    A name is compared as it is shown: what cannot be typed is typed as its escape.
    """
    typed = dialog.query_one(".typed-name", Input).value.strip()
    if typed == shown(word).strip():
        return ""
    said = f"That is not {shown(word)}" if typed else f"{shown(word)} has to be typed first"
    return f"{said}. Nothing was done."
