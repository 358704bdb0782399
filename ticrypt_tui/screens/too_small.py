"""What is said in a terminal that is too small, until it is enlarged."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ticrypt_tui.widgets.backlog import PatientScreen

SMALLEST = (80, 24)


def too_small(width: int, height: int) -> bool:
    """Whether the console cannot be shown in so many cells."""
    return width < SMALLEST[0] or height < SMALLEST[1]


class TooSmall(PatientScreen, ModalScreen[None]):
    """One sentence with both sizes."""

    DEFAULT_CSS = """
    TooSmall { background: $background; align: center middle; }
    TooSmall Static { width: auto; max-width: 100%; height: auto; }
    """

    def compose(self) -> ComposeResult:
        yield Static(self._sentence())

    def on_resize(self, event: events.Resize) -> None:
        self.query_one(Static).update(self._sentence())

    def _sentence(self) -> Content:
        size, (width, height) = self.app.size, SMALLEST
        return Content(
            f"This terminal has {size.width}×{size.height} cells; the console needs "
            f"{width}×{height}. Enlarge it, or leave with ctrl+q."
        )
