"""The frame of the first tab, on screen before what fills a tab is even loaded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.widget import Widget

from ticrypt_tui.screens.tab_screen import TabScreen
from ticrypt_tui.screens.tabs import TABS
from ticrypt_tui.widgets.one_line import OneLine, Piece

if TYPE_CHECKING:
    from ticrypt_tui.screens.console import Console

OPENING = "opening"


class OpeningScreen(TabScreen):
    """Says that the enclave is being opened; the first tab takes its place at once."""

    DEFAULT_CSS = """
    OpeningScreen #sentence { margin: 2 0 0 3; }
    """

    def __init__(self, console: Console) -> None:
        super().__init__(TABS[0], console)

    def body(self) -> Iterable[Widget]:
        yield OneLine(id="sentence")

    def show_state(self) -> None:
        sentence = Piece(f"{self.console.opening} …", "$text-muted")
        self.query_one("#sentence", OneLine).say([sentence])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is nothing to filter yet."""
        return action != "filter" and super().check_action(action, parameters)
