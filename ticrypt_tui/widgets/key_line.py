"""The last line: the keys that work here now, or what has just been said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ticrypt_tui.widgets.one_line import OneLine, Piece


@dataclass(frozen=True, slots=True)
class Hint:
    """A key, what it does, and whether it would do it now."""

    key: str
    says: str
    works: bool = True


class KeyLine(OneLine):
    """Keys with what they do; those that would be refused are greyed and struck through."""

    DEFAULT_CSS = """
    KeyLine { background: $panel; }
    """

    def show_keys(self, hints: Sequence[Hint], last: Hint) -> None:
        """Show these keys, the first ones longest, and `last` always, at the right."""
        pieces: list[Piece] = []
        for rank, hint in enumerate(hints, 1):
            pieces += _pieces(hint, rank)
        self.say(pieces, _pieces(last, 0))


def _pieces(hint: Hint, rank: int) -> list[Piece]:
    key_style = "bold $accent" if hint.works else "$text-disabled"
    says_style = "" if hint.works else "$text-disabled strike"
    return [Piece(f"{hint.key} ", key_style, rank), Piece(f"{hint.says}  ", says_style, rank)]
