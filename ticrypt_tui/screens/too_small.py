"""What is said in a terminal that is too small, until it is enlarged."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import Static

from ticrypt_tui.widgets.backlog import PatientScreen

SMALLEST = Size(80, 24)


def too_small(size: Size) -> bool:
    """Whether the console cannot be shown in so many cells."""
    return size.width < SMALLEST.width or size.height < SMALLEST.height


class TooSmall(PatientScreen, ModalScreen[None]):
    """One sentence with both sizes."""

    DEFAULT_CSS = """
    TooSmall { background: $background; align: center middle; }
    TooSmall Static { width: auto; max-width: 100%; height: auto; }
    """

    def __init__(self, size: Size) -> None:
        super().__init__()
        self._size_at_first = size

    def compose(self) -> ComposeResult:
        yield Static(sentence(self._size_at_first))

    def on_resize(self, event: events.Resize) -> None:
        self.query_one(Static).update(sentence(event.size))


def sentence(size: Size) -> Content:
    """What is wrong, and what would help."""
    return Content(
        f"This terminal has {size.width}×{size.height} cells; the console needs "
        f"{SMALLEST.width}×{SMALLEST.height}. Enlarge it, or leave with ctrl+q."
    )
