"""The log files beside the audit tail: one is looked at, and all that were go on being followed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from ticrypt_tui.screens.dialogs.viewer import Viewer
from ticrypt_tui.screens.followed_feed import FollowedFeed
from ticrypt_tui.screens.followed_search import FoundLines
from ticrypt_tui.screens.followed_tab import strip
from ticrypt_tui.screens.keys import bound
from ticrypt_tui.widgets.key_line import Hint, KeyLine
from ticrypt_tui.widgets.one_line import OneLine, Piece
from ticrypt_tui.widgets.prompt import Prompt, is_asking

if TYPE_CHECKING:
    from ticrypt_tui.screens.console import Console
    from ticrypt_tui.screens.followed_log import FollowedLog

AGE_SECONDS = 5.0
"""How often the time since the last line is said anew."""


class FollowedFiles(Viewer):
    """One file at a time, with how the file itself is; it stays as it was left."""

    DEFAULT_CSS = """
    FollowedFiles #file { color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("audit.follow", "other(1)", "the next log"),
        bound("log.find", "find_all", "search the whole file", at_once=True),
        Binding("tab", "other(1)", "next log", show=False),
        Binding("shift+tab", "other(-1)", "log before", show=False),
        Binding("0", "leave", "audit tail", show=False),
        *(Binding(str(n), f"choose({n - 1})", f"log {n}", show=False) for n in range(1, 10)),
    ]

    def __init__(self, console: Console, logs: Sequence[FollowedLog]) -> None:
        super().__init__("Logs", console)
        self._feeds = [FollowedFeed(log, console.clock) for log in logs]
        self._begun: set[FollowedFeed] = set()
        self._chosen = 0
        self.view = self.feed.lines

    def compose(self) -> ComposeResult:
        yield OneLine(id="title")
        yield OneLine(id="file")
        yield self.view
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        self.set_interval(AGE_SECONDS, self.show_state)

    @property
    def feed(self) -> FollowedFeed:
        """The file that is looked at."""
        return self._feeds[self._chosen]

    # Choosing and following

    def on_screen_resume(self) -> None:
        self._begin()

    def on_screen_suspend(self) -> None:
        self.feed.log.watched(False)

    async def choose(self, place: int) -> None:
        """Look at another of the files."""
        self.feed.log.watched(False)
        self._chosen = place
        lines, before, self.view = self.feed.lines, self.view, self.feed.lines
        if lines is not before and self.is_mounted:
            before.display = False
            lines.display = True
            if not lines.is_attached:
                await self.mount(lines, before="#keys")
            lines.focus()
        self._begin()

    def _begin(self) -> None:
        """Follow the file from now on, and look at it often."""
        if not self.is_current:
            return
        feed = self.feed
        feed.log.watched(True)
        if feed not in self._begun:
            self._begun.add(feed)
            self.console.work(f"following {feed.log.title}", lambda: self._follow(feed))
        self.show_state()

    async def _follow(self, feed: FollowedFeed) -> None:
        try:
            await feed.run(lambda: self._changed(feed))
        finally:
            self._begun.discard(feed)

    def _changed(self, feed: FollowedFeed) -> None:
        if feed is self.feed and self.is_current:
            self.show_state()

    async def action_choose(self, place: int) -> None:
        if place < len(self._feeds):
            await self.choose(place)

    async def action_other(self, step: int) -> None:
        """The next log; after the last one comes the audit tail."""
        place = self._chosen + step
        if 0 <= place < len(self._feeds):
            await self.choose(place)
        else:
            self.action_leave()

    # What is shown

    def hints(self) -> Sequence[Hint]:
        return [
            self.hint("audit.follow", "next log"), Hint("0", "audit"),
            self.hint("audit.hold", "hold"), self.hint("log.find", "search the whole file"),
        ]  # fmt: skip

    def state(self) -> Sequence[Piece]:
        held = [] if self.view.following else [Piece(" · held", "bold $warning")]
        titles = [feed.log.title for feed in self._feeds]
        return [Piece("   "), *strip(titles, self._chosen), *held]

    def show_state(self) -> None:
        super().show_state()
        self.query_one("#file", OneLine).say(self.feed.state())

    # Searching

    def nowhere(self) -> str:
        key = self.hint("log.find", "").key
        return f"It is nowhere in these lines; {key} searches the whole file."

    async def action_find_all(self) -> None:
        def accept(text: str) -> str:
            if text:
                search = FoundLines(text, self.feed.log, self.console)
                self.app.push_screen(search)
            return ""

        says = "searches the whole file from its end"
        await Prompt("whole file", "", hint=lambda text: says, accept=accept).open(self)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        letters = action in ("find_all", "choose", "other") or (action, *parameters) == ("leave",)
        return False if letters and is_asking(self) else super().check_action(action, parameters)
