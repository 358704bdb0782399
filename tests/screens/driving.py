"""Pressing keys as people do, and waiting for what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Static

from ticrypt_tui.app import TicryptApp
from ticrypt_tui.screens.resource_screen import ResourceScreen
from ticrypt_tui.screens.tabs import TABS
from ticrypt_tui.widgets.one_line import OneLine
from ticrypt_tui.widgets.row_view import RowView

PATIENCE = 60.0
STILL = 0.3
"""Seconds without a change after which none comes: longer than any timer of what is on screen."""


async def until(pilot: Pilot[Any], holds: Callable[[], Any], what: str = "it") -> None:
    """Wait until something holds."""
    end = monotonic() + PATIENCE
    while not holds():
        assert monotonic() < end, f"{what} did not happen"
        await pilot.pause(0.02)
    await pilot.pause()


async def opened(pilot: Pilot[Any], tab: str = "running") -> ResourceScreen:
    """Go to a tab by its name; its screen once its rows are there."""
    app = pilot.app
    assert isinstance(app, TicryptApp)
    await until(pilot, lambda: app.console_state.enclave is not None, "opening")
    await pilot.press("colon", *tab, "enter")
    await until(pilot, lambda: app.tab_screen and app.tab_screen.tab.name == tab, f"going to {tab}")
    screen = app.tab_screen
    assert isinstance(screen, ResourceScreen)
    await until(pilot, lambda: screen.table.counts.total, "reading the rows")
    return screen


async def shown(pilot: Pilot[Any], tab: str) -> ResourceScreen:
    """Go to a tab by its name; its screen once it was read, whether it has rows or not."""
    app = pilot.app
    assert isinstance(app, TicryptApp)
    await until(pilot, lambda: app.console_state.enclave is not None, "opening")
    await pilot.press("colon", *tab, "enter")
    await until(pilot, lambda: app.tab_screen and app.tab_screen.tab.name == tab, f"going to {tab}")
    screen = app.tab_screen
    assert isinstance(screen, ResourceScreen)
    await until(pilot, lambda: " of " in line(pilot, "heading"), "reading the rows")
    return screen


async def counted(pilot: Pilot[Any], but: int = 0) -> None:
    """Wait until the sidebar has the counts of all tabs that have one, but for some."""
    app = pilot.app
    assert isinstance(app, TicryptApp)
    counts = app.console_state.counts
    await until(pilot, lambda: len(counts) == len(TABS) - 1 - but, "counting")


async def still(pilot: Pilot[Any], uncounted: int = 0) -> None:
    """Wait until nothing on screen changes any more, and every tab's rows are counted, but some."""
    app, before = pilot.app, None
    if isinstance(app, TicryptApp) and app.console_state.enclave is not None:
        await counted(pilot, uncounted)
    while (now := [[*each] for each in app.screen._compositor.render_strips()]) != before:
        before = now
        await pilot.pause(STILL)
        await pilot.pause()


def table(pilot: Pilot[Any]) -> RowView:
    """The table of the tab that is open."""
    app = pilot.app
    assert isinstance(app, TicryptApp)
    assert isinstance(app.tab_screen, ResourceScreen)
    return app.tab_screen.table


def line(pilot: Pilot[Any], name: str) -> str:
    """What a line of the frame says, such as `status`, `heading` or `keys`."""
    app = pilot.app
    assert isinstance(app, TicryptApp)
    assert app.tab_screen is not None
    return app.tab_screen.query_one(f"#{name}", OneLine).render().plain


def said(pilot: Pilot[Any]) -> str:
    """Every text of the screen on top, dialogs included."""
    screen = pilot.app.screen
    texts = [str(each.render()) for each in screen.query(Static)]
    titles = [str(each.border_title) for each in screen.query("*") if each.border_title]
    lines = [each.render().plain for each in screen.query(OneLine)]
    return "\n".join([*titles, *texts, *lines])


async def allowed(pilot: Pilot[Any], key: str) -> None:
    """Wait until what a key does is not refused, on the row or on one of those that are marked."""
    app = pilot.app
    assert isinstance(app, TicryptApp)
    screen = app.tab_screen
    assert isinstance(screen, ResourceScreen)
    action = next(each for each in screen.tab.actions if each.key == key)

    def may_be() -> bool:
        marked = [screen.by_id.get(each) for each in screen.table.marked_ids]
        rows = marked or [screen.table.cursor_row]
        return any(not screen._acting.reason(action, row) for row in rows)

    await until(pilot, may_be, f"being allowed to {action.label}")


async def saved_to(pilot: Pilot[Any], path: Path) -> None:
    """Wait until it is said that a file was saved: it is there before all of it is."""
    app = pilot.app
    assert isinstance(app, TicryptApp)
    told = f"saved to {path}"
    messages = app.console_state.messages
    await until(pilot, lambda: any(told in each.text for each in messages), told)


async def dialog(pilot: Pilot[Any]) -> str:
    """What the dialog says that comes up."""
    await until(pilot, lambda: len(pilot.app.screen_stack) > 1, "a dialog")
    return said(pilot)
