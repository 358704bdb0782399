"""The audit log in full size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual.widget import Widget

from ticrypt_tui.screens.audit_dock import tail_state
from ticrypt_tui.screens.audit_feed import AuditFeed
from ticrypt_tui.screens.audit_lines import HINTS, AuditLines
from ticrypt_tui.screens.audit_proof import proven, warning, written
from ticrypt_tui.screens.followed_tab import FollowedTab
from ticrypt_tui.screens.refresher import Refresher
from ticrypt_tui.widgets.key_line import Hint
from ticrypt_tui.widgets.line_view import LineView
from ticrypt_tui.widgets.one_line import OneLine

if TYPE_CHECKING:
    from ticrypt_tui.screens.console import Console
    from ticrypt_tui.screens.declaration import Tab
    from ticrypt_tui.widgets.one_line import Piece

LOOK_SECONDS = 5.0
"""How often the time since the last line is said anew."""


class AuditScreen(FollowedTab):
    """The newest records, followed; the dock is not needed here."""

    DEFAULT_CSS = """
    AuditScreen LineView { height: 1fr; }
    AuditScreen .proof { color: $text-muted; }
    """
    AUTO_FOCUS = "LineView"
    HAS_DOCK = False

    def __init__(self, tab: Tab, console: Console) -> None:
        super().__init__(tab, console)
        self._feed, self._dated = AuditFeed(), True
        self.view = AuditLines(console, self._feed)
        self._refresher = Refresher(self, console, "reading the audit log", self._read)

    @property
    def filterable(self) -> LineView:
        return self.view

    def body(self) -> Iterable[Widget]:
        yield OneLine(id="logs")
        for part in ("written", "proven", "warning"):
            yield OneLine(id=part, classes="proof")
        yield self.view

    def on_mount(self) -> None:
        super().on_mount()
        self.set_interval(LOOK_SECONDS, self.show_state)

    def on_resize(self) -> None:
        if self._date_lines():
            self.view.repaint()
            self.show_state()

    def _date_lines(self) -> bool:
        """Have lines with their dates where there is room for them; whether that is new."""
        if self._dated is not self.has_class("-narrow"):
            return False
        self._dated = not self._dated
        self._feed.reword(dated=self._dated)
        return True

    def show_state(self) -> None:
        """Say what shows at this moment that auditing works."""
        self.show_strip()
        brief = self.has_class("-narrow")
        said = (
            written(self.console, self._feed, briefly=brief),
            proven(self.console),
            warning(self.console),
        )
        for line, pieces in zip(self.query(".proof").results(OneLine), said, strict=True):
            line.say(pieces)
            line.display = bool(pieces)

    def focus_body(self) -> None:
        self.view.focus()

    async def on_screen_resume(self) -> None:
        self._refresher.resume()

    def rows_changed(self) -> None:
        self._refresher.ask()

    def action_refresh(self) -> None:
        self._refresher.ask(at_once=True)

    async def _read(self) -> None:
        assert self.console.enclave is not None
        self._date_lines()
        await self._feed.read(self.console.enclave, self.view, dated=self._dated)
        self.show_frame()

    def heading(self) -> tuple[Sequence[Piece], Sequence[Piece]]:
        left, right = tail_state(self.tab.title, self.view, self._feed, self.console)
        return (
            left,
            right if self.console.enclave and self.console.enclave.status.audit_fault else (),
        )

    def on_line_view_counts_changed(self) -> None:
        self.show_frame()

    def hints(self) -> Sequence[Hint]:
        every = [Hint(self.key_face(name), says) for name, says in HINTS.items()]
        return [every[0], *self.followed_hints(), *every[1:]]
