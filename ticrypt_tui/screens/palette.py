"""The command palette: every tab, every action on the row in view, every object by name or ID."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.screens.resource_screen import ResourceScreen
from ticrypt_tui.screens.tab_screen import TabScreen
from ticrypt_tui.screens.tabs import TABS
from ticrypt_tui.text import shown
from ticrypt_tui.widgets.leaving import LeavingScreen

if TYPE_CHECKING:
    from ticrypt_tui.screens.enclave import Enclave

MOST = 50
"""How many answers are shown: each costs time with every key."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be chosen: what is searched in, what is said of it, what it does."""

    name: str
    says: str
    run: Callable[[], Any]
    id: str = ""

    @property
    def text(self) -> str:
        """What a search looks into."""
        return f"{self.name} {self.id}".strip()

    @property
    def face(self) -> Content:
        """How it is shown."""
        return Content.assemble(shown(self.name), (f"  {shown(self.id)}", "$text-muted"))


def score(wanted: str, text: str) -> float:
    """How well a text fits: 4 the same, 3 its start, 2 the start of a word, 1 anywhere; 0 not."""
    text = text.casefold()
    if text == wanted:
        return 4
    if text.startswith(wanted):
        return 3
    if f" {wanted}" in f" {text}":
        return 2
    return 1 if all(word in text for word in wanted.split()) else 0


def best(wanted: str, entries: Sequence[Entry]) -> list[tuple[float, Entry]]:
    """The entries that fit best, the best first, at most `MOST`."""
    scored = [(score(wanted.casefold().strip(), entry.text), entry) for entry in entries]
    fit = sorted((each for each in scored if each[0]), key=lambda each: -each[0])
    return fit[:MOST]


class Palette(CommandPalette, LeavingScreen):
    """Textual's palette, which a second enter does not leave twice."""


class Everything(Provider):
    """What the palette offers; of one opening, one thing is done once."""

    _done = False

    async def startup(self) -> None:
        """Build the index once, when the palette opens."""
        self._own = [*self._tabs(), *self._actions()]
        self._entries = [*self._own]
        screen = self.screen
        enclave = screen.console.enclave if isinstance(screen, TabScreen) else None
        if enclave is not None:
            self._own += self._elsewhere(enclave)
            self._entries = [*self._own, *await self._objects(enclave)]

    def _tabs(self) -> list[Entry]:
        return [
            Entry(tab.title, f"go to the tab · :{tab.name}", partial(self._go, tab.name))
            for tab in TABS
        ]

    def _actions(self) -> list[Entry]:
        screen = self.screen
        if not isinstance(screen, ResourceScreen):
            return []
        row = screen.table.cursor_row
        links = [
            Entry(f"{link.label} {row.name}", "the row's", partial(screen.action_follow, link.name))
            for link in screen.tab.links
            if row is not None
        ]
        return links + [
            Entry(
                f"{action.label} {row.name if row and action.on_row else screen.tab.noun}",
                f"action{' on the row' if action.on_row else ''} · {action.operation}",
                partial(screen.action_act, action.operation),
            )
            for action in screen.tab.actions
            if row is not None or not action.on_row
        ]

    def _elsewhere(self, enclave: Enclave) -> list[Entry]:
        """What other tabs can do without a row, such as a new one, where that is allowed."""
        return [
            Entry(
                f"{action.label} {tab.noun}",
                f"action in {tab.title} · {action.operation}",
                partial(self._act, tab.name, action.operation),
            )
            for tab in TABS
            for action in tab.actions
            if not action.on_row and isinstance(self.screen, TabScreen)
            and tab is not self.screen.tab and not enclave.why_not(action.operation, None, None)
        ]  # fmt: skip

    async def _objects(self, enclave: Enclave) -> list[Entry]:
        found: list[Entry] = []
        for tab in TABS:
            if tab.name == "audit":
                continue
            try:
                rows = (await enclave.listing(tab.name)).rows
            except TicryptError:
                continue  # what the caller may not see, or what cannot be read, is not offered
            found += [
                Entry(row.name, tab.noun, partial(self._show, tab.name, row.id), row.id)
                for row in rows
            ]
        return found

    def _go(self, tab: str) -> None:
        if isinstance(self.screen, TabScreen):
            self.screen.go_to(tab)

    def _show(self, tab: str, row_id: str) -> None:
        if isinstance(self.screen, TabScreen):
            self.screen.go_to(tab, row_id)

    def _act(self, tab: str, operation: str) -> None:
        if isinstance(self.screen, TabScreen):
            self.screen.go_to(tab, operation=operation)

    def _run(self, entry: Entry) -> None:
        if not self._done:
            self._done = True
            entry.run()

    async def discover(self) -> Hits:
        for entry in self._own:
            run = partial(self._run, entry)
            yield DiscoveryHit(entry.face, run, text=entry.text, help=entry.says)

    async def search(self, query: str) -> Hits:
        for points, entry in await asyncio.to_thread(best, query, self._entries):
            run = partial(self._run, entry)
            yield Hit(points, entry.face, run, text=entry.text, help=entry.says)
