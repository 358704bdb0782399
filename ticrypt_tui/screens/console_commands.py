"""What the keys behind the prefix do with the serial console that is looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ticrypt_tui.screens.guest_copying import HINTS, MOVES
from ticrypt_tui.screens.guest_menu import Command, GuestMenu, help_entries
from ticrypt_tui.screens.keys import key_face
from ticrypt_tui.widgets.guest_marks import Selection
from ticrypt_tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from ticrypt_tui.screens.guest_console import ConsoleScreen
    from ticrypt_tui.widgets.terminal_view import TerminalView

CONSOLE, KEYS, SEEN = "Serial console", "Keys", "What is seen"
COMMANDS = (
    Command(("q",), "leave", "leave, and close it", CONSOLE),
    Command(("question_mark",), "help", "all of this, to search", CONSOLE),
    Command(("v",), "view_only", "view-only, or not", KEYS),
    Command(("s",), "size", "type the size (stty)", KEYS),
    Command(("p",), "paste", "type a text", KEYS),
    Command(("up", "down", "pageup", "pagedown"), "back", "earlier lines", SEEN, True),
    Command(("home", "end"), "far", "the oldest, the newest", SEEN, True),
    Command(("c",), "copy", "copy", SEEN),
)
BY_KEY = {key: command for command in COMMANDS for key in command.keys}
LONG_PASTE = 2000
"""Characters of a pasted text from which on is asked before they are typed."""


class ConsoleMenu(GuestMenu):
    """The menu, over the console and above the line that says how far back it is."""

    DEFAULT_CSS = "ConsoleMenu { margin: 0 0 1 0; }"
    commands = COMMANDS
    parts = (CONSOLE, KEYS, SEEN)


class ConsoleCommands:
    """The menu's commands, and copying."""

    def __init__(self, screen: ConsoleScreen) -> None:
        self._screen = screen

    async def pressed(self, view: TerminalView, key: str) -> None:
        """A key while keys are commands."""
        if view.selection is not None:
            self._marking(view, key)
            return
        command = BY_KEY.get(key)
        if command is None or not command.stays:
            view.captive = False
            self._screen.query_one(ConsoleMenu).display = False
        if command is not None:
            done = getattr(self, f"_{command.name}")(view, *([key] if command.stays else []))
            if done is not None:
                await done
        elif key in self._screen.prefix():
            view.guest.key(key, None)
        self._screen.show_state()

    def _leave(self, view: TerminalView) -> None:
        self._screen.leave()

    def _help(self, view: TerminalView) -> None:
        from ticrypt_tui.screens.help import Help

        prefix = key_face(self._screen.app, "guest.leave")
        entries = help_entries(COMMANDS)
        self._screen.app.push_screen(Help(f"a VM's serial console, after {prefix}", entries))

    def _view_only(self, view: TerminalView) -> None:
        async def change() -> None:
            await view.guest.set_view_only(not view.guest.view_only)
            self._screen.show_state()

        self._screen.attempt("changing view-only", change)

    def _size(self, view: TerminalView) -> None:
        self._screen.attempt_now(view.guest.tell_size)

    def _back(self, view: TerminalView, key: str) -> None:
        page = max(view.size.height - 1, 1)
        view.go({"up": -1, "down": 1, "pageup": -page, "pagedown": page}[key])

    def _far(self, view: TerminalView, key: str) -> None:
        whole = view.last - view.guest.first
        view.go(-whole if key == "home" else whole)

    # Typing a text

    async def _paste(self, view: TerminalView) -> None:
        def accept(text: str) -> str:
            if text:
                self.paste(view, text)
            return ""

        hint = "enter types it"
        before = self._screen.app.clipboard.partition("\n")[0]
        await Prompt("type", before, hint=lambda text: hint, accept=accept).open(self._screen)

    def paste(self, view: TerminalView, text: str) -> None:
        """Type a text, a long one after a yes; none while keys mean something else."""
        if view.captive:
            return

        async def paste() -> None:
            if await self._wanted(text):
                view.guest.paste(text)

        view.follow()
        if view.guest.view_only:
            self.untyped(view)
        elif len(text) > LONG_PASTE:
            self._screen.attempt("typing a text", paste)
        else:  # at once: what is typed behind it comes behind it
            self._screen.attempt_now(lambda: view.guest.paste(text))

    async def _wanted(self, text: str) -> bool:
        from ticrypt_tui.screens.dialogs.confirm import Confirm

        lines = [f"It has {len(text):,} characters in {text.count(chr(10)) + 1:,} lines."]
        return bool(await self._screen.app.push_screen_wait(Confirm("Type it?", lines, "Type")))

    def untyped(self, view: TerminalView) -> None:
        """Say why a key went nowhere."""
        prefix = key_face(self._screen.app, "guest.leave")
        if view.guest.ended:
            said = f"Nothing reaches this console any more; {prefix} q leaves it."
        elif view.guest.view_only:
            said = f"View only: no key reaches the guest. {prefix} v lets them through."
        else:
            said = "A serial line has no such key: nothing was typed."
        self._screen.say(said)

    # Copying

    def _copy(self, view: TerminalView) -> None:
        place = view.guest.cursor or (view.top, 0)
        view.show(place[0])
        view.captive = True
        view.mark(Selection(place, place))

    def _marking(self, view: TerminalView, key: str) -> None:
        """A key while characters are marked."""
        marked = view.selection
        assert marked is not None
        if key in MOVES:
            rows, columns = MOVES[key]
            rows = max(min(rows, view.size.height - 1), 1 - view.size.height)
            lowest = max(view.guest.first - marked.end[0], rows)
            marked = marked.moved(lowest, columns, (view.last + 1, view.size.width))
            view.mark(marked)
            view.show(marked.end[0])
        elif key in ("space", "v"):
            view.mark(replace(marked, start=marked.end, begun=True))
        elif key in ("enter", "y"):
            self.copy(view)
        elif key == "a":
            end = view.last, view.size.width - 1
            view.mark(Selection((view.guest.first, 0), end, begun=True))
            self.copy(view)
        elif key == "escape":
            self.unmark(view)

    def copy(self, view: TerminalView) -> None:
        """Copy what is marked, and mark nothing any more."""
        text = view.marked().strip("\n")
        if text:
            self._screen.app.copy_to_clipboard(text)
        self.unmark(view)
        self._screen.say(f"Copied {len(text):,} characters.")

    def unmark(self, view: TerminalView) -> None:
        """Mark nothing any more: keys are the guest's again."""
        view.captive = False
        view.mark(None)
        self._screen.show_state()


def copying_hints() -> list[tuple[str, str]]:
    """The keys that work while characters are marked."""
    return [*HINTS, ("escape", "leave")]
