"""What somebody else saved meanwhile, field by field, and which of it is to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from ticrypt_tui.screens.dialogs.dialog import CANCEL, Dialog, sentences
from ticrypt_tui.screens.form_values import Difference
from ticrypt_tui.text import shown
from ticrypt_tui.widgets.choice import Choice
from ticrypt_tui.widgets.radio import Radio

MINE, THEIRS = "mine", "theirs"


class Differences(Dialog[dict[str, Any]]):
    """Asks for each field that another console changed which value is to be; gives those values,
    or None to go on filling in."""

    AUTO_FOCUS = "Radio"
    DEFAULT_CSS = """
    Differences .field { margin: 1 0 0 0; }
    """

    def __init__(self, name: str, found: Sequence[tuple[Difference, Sequence[str]]]) -> None:
        """`found` has with each difference the words for how it was, is, and is wanted."""
        super().__init__(f"{name} was changed meanwhile")
        self.add_class("-refused")
        self._found = found

    def body(self) -> Iterable[Widget]:
        yield sentences(["Another console saved these before you. Choose what is to be saved."])
        for place, (difference, faces) in enumerate(self._found):
            yield Static(_said(difference, faces), classes="field")
            radio = Radio((MINE, THEIRS), MINE if difference.clashes else THEIRS)
            radio.id = f"side-{place}"
            yield radio

    def answers(self) -> Sequence[Choice]:
        return [Choice("go", "Save these"), Choice(CANCEL, "Back to the form")]

    def answered(self, answer: str) -> None:
        chosen = {}
        for place, (difference, _) in enumerate(self._found):
            side = self.query_one(f"#side-{place}", Radio).value
            value = difference.mine if side == MINE else difference.theirs
            chosen[difference.field.argument] = value
        self.dismiss(chosen)


def _said(difference: Difference, faces: Sequence[str]) -> Content:
    was, theirs, mine = map(shown, faces)
    return Content.assemble(
        (shown(difference.field.label), "bold"),
        (f"   was {was}\n", "$text-muted"),
        f"  mine    {mine}\n  theirs  ",
        (theirs, "$text-warning"),
    )
