"""The screen that a tab has: rows for all but the audit log, which is a tail of lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticrypt_tui.screens.resource_screen import ResourceScreen

if TYPE_CHECKING:
    from ticrypt_tui.screens.console import Console
    from ticrypt_tui.screens.declaration import Tab
    from ticrypt_tui.screens.tab_screen import TabScreen


def screen_of(tab: Tab, console: Console) -> TabScreen:
    """A new screen for a tab."""
    if tab.name == "audit":
        from ticrypt_tui.screens.audit_screen import AuditScreen

        return AuditScreen(tab, console)
    return ResourceScreen(tab, console)
