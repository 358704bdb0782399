"""A tab from which the log files that are followed beside it are opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.screens.keys import bound
from ticrypt_tui.screens.messages import Tone
from ticrypt_tui.screens.tab_screen import TabScreen
from ticrypt_tui.widgets.key_line import Hint
from ticrypt_tui.widgets.one_line import OneLine, Piece

if TYPE_CHECKING:
    from ticrypt_tui.screens.followed_files import FollowedFiles
    from ticrypt_tui.screens.followed_log import FollowedLog

AUDIT_TAIL = -1


def strip(titles: Sequence[str], chosen: int = AUDIT_TAIL) -> list[Piece]:
    """The logs among which is chosen, by their numbers, which stay where names have no room."""
    pieces = []
    for place, title in enumerate(("audit", *titles)):
        if place == chosen + 1:
            pieces.append(Piece(f"[{place} {title}] ", "bold $accent"))
        else:
            pieces += [Piece(f" {place} ", "$text-muted"), Piece(f"{title}  ", "$text-muted", 2)]
    return pieces


class FollowedTab(TabScreen):
    """The tab and the files have one strip, from which each is chosen by its number."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("audit.follow", "follow(0)", "the next log"),
        *(Binding(str(n), f"follow({n - 1})", f"log {n}", show=False) for n in range(1, 10)),
    ]
    _files: FollowedFiles | None = None

    @property
    def followed(self) -> Sequence[FollowedLog]:
        """The files beside this tab; none for whom they are not."""
        if self.console.enclave is None:
            return ()
        try:
            return self.console.enclave.followed
        except Refused:
            return ()

    def show_strip(self) -> None:
        """Show among which logs is chosen, if there are any beside the audit tail."""
        titles = [log.title for log in self.followed]
        line = self.query_one("#logs", OneLine)
        line.say(strip(titles))
        line.display = bool(titles)

    def followed_hints(self) -> Sequence[Hint]:
        return [Hint(self.key_face("audit.follow"), "next log")] if self.followed else []

    async def action_follow(self, place: int) -> None:
        """Show one of the files; they stay as they are left, and go on being followed."""
        logs = self.followed
        if self.console.enclave is None:
            return
        if not logs:
            text = "No log file is followed beside the audit log: [audit] follow names none."
            self.console.messages.add(Tone.NOTE, text)
        elif place < len(logs):
            from ticrypt_tui.screens.followed_files import FollowedFiles

            if self._files is None:
                self._files = FollowedFiles(self.console, logs)
                self.app.install_screen(self._files, "followed files")
            await self._files.choose(place)
            await self.app.push_screen(self._files)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "follow" and self.is_asking:
            return False
        return super().check_action(action, parameters)
