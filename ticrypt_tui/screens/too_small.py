"""What is said in a terminal that is too small, until it is enlarged."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import Static

from ticrypt_tui.widgets.backlog import PatientScreen


class TooSmall(PatientScreen, ModalScreen[None]):
    """One sentence with both sizes."""

    DEFAULT_CSS = """
    TooSmall { background: $background; align: center middle; }
    TooSmall Static { width: auto; max-width: 100%; height: auto; }
    """

    def __init__(self, size: Size, least: Size) -> None:
        super().__init__()
        self._size_at_first, self._least = size, least

    def compose(self) -> ComposeResult:
        yield Static(self._sentence(self._size_at_first))

    def on_resize(self, event: events.Resize) -> None:
        self.query_one(Static).update(self._sentence(event.size))

    def _sentence(self, size: Size) -> Content:
        """What is wrong, and what would help."""
        return Content(
            f"This terminal has {size.width}×{size.height} cells; the console needs "
            f"{self._least.width}×{self._least.height}. Enlarge it, or leave with ctrl+q."
        )
