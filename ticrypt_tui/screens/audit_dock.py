"""The audit tail at the bottom of every screen: one tail, whatever tab it is looked at from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical

from ticrypt_tui.screens.audit import SEVERITIES
from ticrypt_tui.screens.audit_feed import AuditFeed
from ticrypt_tui.screens.audit_lines import AuditLines
from ticrypt_tui.screens.refresher import Refresher
from ticrypt_tui.widgets.line_view import LineView
from ticrypt_tui.widgets.one_line import OneLine, Piece

if TYPE_CHECKING:
    from ticrypt_tui.screens.console import Console
    from ticrypt_tui.screens.tab_screen import TabScreen


class AuditDock(Vertical):
    """A heading and the newest audit records, as they are written."""

    DEFAULT_CSS = """
    AuditDock {
        height: 9;
        & OneLine { background: $panel; }
        & LineView { height: 1fr; }
    }
    """

    def __init__(self, screen: TabScreen, console: Console) -> None:
        super().__init__(id="dock")
        self.console = console
        self.view = AuditLines(console, console.audit)
        self._refresher = Refresher(screen, console, "reading the audit log", self._read)

    def compose(self) -> ComposeResult:
        yield OneLine(id="dock-heading")
        yield self.view

    def on_mount(self) -> None:
        self.show_heading()
        self._refresher.ask()

    def records_changed(self) -> None:
        """There are new records."""
        self._refresher.ask()

    async def _read(self) -> None:
        if self.console.enclave is not None:
            await self.console.audit.read(self.console.enclave, self.view, dated=False)

    def on_line_view_counts_changed(self) -> None:
        self.show_heading()

    def show_heading(self) -> None:
        """Say how many records there are, whether they are followed, and how the chain stands."""
        state = tail_state("Audit", self.view, self.console.audit, self.console)
        self.query_one("#dock-heading", OneLine).say(*state)


def tail_state(
    title: str, view: LineView, feed: AuditFeed, console: Console
) -> tuple[list[Piece], list[Piece]]:
    """The heading of an audit tail: what is shown, and whether it goes on by itself."""
    counts = view.counts
    left = [Piece(title, "bold"), Piece(f"   {counts.shown:,} shown", "$text-muted")]
    if view.filter_text:
        left.append(Piece(f" · filter: {view.filter_text}", "bold $accent"))
    if feed.least != SEVERITIES[0]:
        left.append(Piece(f" · {feed.least} and above", "bold $accent"))
    if view.following:
        left.append(Piece(" · lines as they are written", "$text-muted", 2))
    else:
        left.append(Piece(f" · held, {counts.new:,} new below", "bold $warning"))
    fault = console.enclave.status.audit_fault if console.enclave else ""
    if fault:
        return left, [Piece("  cannot be written", "bold $error")]
    last = feed.last_at
    return left, [Piece(f"  last at {last:%H:%M:%S}Z", "$text-muted", 3)] if last else []
