"""What the keys behind the prefix do with the screen that is looked at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from ticrypt_tui.config.key_names import face
from ticrypt_tui.screens.guest_copying import Copying
from ticrypt_tui.screens.guest_menu import BY_KEY, GuestMenu, help_entries
from ticrypt_tui.screens.keys import key_face
from ticrypt_tui.text import shown
from ticrypt_tui.widgets.guest_blocks import Blocks
from ticrypt_tui.widgets.guest_drawing import Follows
from ticrypt_tui.widgets.guest_window import FIT, ZOOMS
from ticrypt_tui.widgets.one_line import Piece
from ticrypt_tui.widgets.picker import Option
from ticrypt_tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from ticrypt_tui.screens.guest_screens import GuestScreens
    from ticrypt_tui.widgets.guest_view import GuestView

LONG_PASTE = 2000
"""Characters of a pasted text from which on is asked before they are typed."""
ARROWS = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}
PAN_ROWS, PAN_COLUMNS = 4, 8


class Commands:
    """The menu's commands, and copying, on the screens that are open."""

    def __init__(self, screens: GuestScreens) -> None:
        self._screens = screens
        self._copying = Copying(screens)

    @property
    def line(self) -> Sequence[Piece]:
        """What the line below says while keys mean something else than usual."""
        return self._copying.line

    async def pressed(self, view: GuestView, key: str) -> None:
        """A key while keys are commands."""
        if view.drawing.looks.selection is not None:
            self._copying.pressed(view, key)
            return
        command = BY_KEY.get(key)
        if command is None or not command.stays:
            self._end_menu(view)
        if command is not None:
            done = getattr(self, f"_{command.name}")(
                view, *([key] if command.name == "pan" else [])
            )
            if done is not None:
                await done
        elif key in self._screens.prefix():
            view.guest.key(key, None)
        elif key.isdigit():
            self._screens.choose(int(key) - 1)
        self._screens.show_state()

    def _end_menu(self, view: GuestView) -> None:
        view.captive = False
        self._screens.query_one(GuestMenu).display = False
        view.cover(False)

    # Screens

    def _leave(self, view: GuestView) -> None:
        self._screens.leave()

    def _close(self, view: GuestView) -> None:
        self._screens.close_view()

    def _next(self, view: GuestView) -> None:
        self._screens.choose((self._screens.chosen + 1) % len(self._screens.views))

    def _previous(self, view: GuestView) -> None:
        self._screens.choose((self._screens.chosen - 1) % len(self._screens.views))

    def _help(self, view: GuestView) -> None:
        from ticrypt_tui.screens.help import Help

        prefix = key_face(self._screens.app, "guest.leave")
        self._screens.app.push_screen(Help(f"a VM's screen, after {prefix}", help_entries()))

    # What is seen

    def _picture(self, view: GuestView) -> None:
        looks = view.drawing.looks
        if view.guest.text is None:
            self._screens.say("This is a picture: there is no text in it to be shown as text.")
        looks.as_picture = not looks.as_picture and view.guest.text is not None
        view.paint()

    def _blocks(self, view: GuestView) -> None:
        looks = view.drawing.looks
        every = [str(each) for each in (*self._screens.graphics, *Blocks)]
        chosen = every[(every.index(looks.drawn_by) + 1) % len(every)]
        if chosen in list(Blocks):
            looks.graphics, looks.blocks = "", Blocks(chosen)
        else:
            looks.graphics, looks.blocks = chosen, Blocks.HALF
        self._screens.say(f"Pictures are drawn with {chosen}.")
        view.paint()

    def _larger(self, view: GuestView) -> None:
        self._zoom(view, 1)

    def _smaller(self, view: GuestView) -> None:
        self._zoom(view, -1)

    def _fit(self, view: GuestView) -> None:
        self._zoom(view, 0)

    def _zoom(self, view: GuestView, step: int) -> None:
        looks = view.drawing.looks
        if view.drawing.text is not None:
            said = "Text is as large as the terminal's letters; t shows it as a picture."
            self._screens.say(said)
            return
        if step:
            place = ZOOMS.index(looks.zoom) + step
            looks.zoom = ZOOMS[min(max(place, 0), len(ZOOMS) - 1)]
        else:
            looks.zoom = 1.0 if looks.zoom == FIT else FIT
        view.paint()

    def _follow(self, view: GuestView) -> None:
        looks, every = view.drawing.looks, list(Follows)
        looks.follows = every[(every.index(looks.follows) + 1) % len(every)]
        self._screens.say(f"What is seen follows {looks.follows}.")
        view.paint()

    def _pan(self, view: GuestView, key: str) -> None:
        rows, columns = ARROWS[key]
        view.drawing.pan(rows * PAN_ROWS, columns * PAN_COLUMNS)
        view.paint()

    # Keys and pointer

    def _view_only(self, view: GuestView) -> None:
        change = partial(view.guest.set_view_only, not view.guest.view_only)
        self._attempt("changing view-only", change)

    def _combination(self, view: GuestView) -> None:
        async def press() -> None:
            name = await self._picked("Press", view.guest.menu, "")
            if name:
                await view.guest.press(name)
                self._screens.say(f"Pressed {shown(name)}.")

        self._attempt("pressing keys", press)

    def _layout(self, view: GuestView) -> None:
        async def choose() -> None:
            name = await self._picked("Keyboard of", view.guest.layouts, view.guest.layout)
            if name:
                view.guest.layout = name

        self._attempt("choosing a layout", choose)

    async def _picked(self, title: str, names: Sequence[str], chosen: str) -> str | None:
        from ticrypt_tui.screens.dialogs.pick import Pick

        view = self._screens.view
        whose = view.guest.title if view is not None else ""
        options = [Option(name, name) for name in names]
        return await self._screens.app.push_screen_wait(Pick(f"{title} {whose}", options, chosen))

    async def _paste(self, view: GuestView) -> None:
        def accept(text: str) -> str:
            if text:
                self.paste(view, text)
            return ""

        hint = "enter types it"
        before = self._screens.app.clipboard.partition("\n")[0]
        await Prompt("type", before, hint=lambda text: hint, accept=accept).open(self._screens)

    def paste(self, view: GuestView, text: str) -> None:
        """Type a text, and say what of it could not be typed."""

        async def paste() -> None:
            if len(text) > LONG_PASTE and not await self._wanted(text):
                return
            self._screens.say(f"Typing {len(text):,} characters.")
            skipped = await view.guest.paste(text)
            typed = len(text) - len(skipped)
            self._screens.say(f"Typed {typed:,} characters.{_missing(skipped, view)}")

        if view.guest.view_only:
            self.untyped(view, "")
        elif not view.captive:
            self._attempt("typing a text", paste)

    async def _wanted(self, text: str) -> bool:
        from ticrypt_tui.screens.dialogs.confirm import Confirm

        lines = [f"It has {len(text):,} characters in {text.count(chr(10)) + 1:,} lines."]
        return bool(await self._screens.app.push_screen_wait(Confirm("Type it?", lines, "Type")))

    def untyped(self, view: GuestView, key: str) -> None:
        """Say why a key went nowhere."""
        prefix = key_face(self._screens.app, "guest.leave")
        if view.guest.ended:
            said = f"Nothing reaches this screen any more; {prefix} x closes it."
        elif view.guest.view_only:
            said = f"View only: no key reaches the guest. {prefix} v lets them through."
        else:
            said = (
                f"The {view.guest.layout} keyboard has no {shown(face(key))}: nothing was typed. "
                f"{prefix} l chooses another keyboard."
            )
        self._screens.say(said)

    def _attempt(self, doing: str, what: Callable[[], Awaitable[None]]) -> None:
        async def and_show() -> None:
            try:
                await what()
            finally:
                self._screens.show_state()

        self._screens.attempt(doing, and_show)

    # Text

    async def _search(self, view: GuestView) -> None:
        looks = view.drawing.looks

        def accept(text: str) -> str:
            looks.sought, looks.chosen = text, 0
            view.paint()
            self._screens.show_state()
            return "" if not text or view.drawing.found else "It is nowhere on this screen."

        hint = f"enter searches; {key_face(self._screens.app, 'guest.leave')} n goes on"
        if view.drawing.text is None:
            self._screens.say("A picture has no text to search.")
        else:
            prompt = Prompt("/", looks.sought, hint=lambda text: hint, accept=accept)
            await prompt.open(self._screens)

    def _next_found(self, view: GuestView) -> None:
        self._go_on(view, 1)

    def _previous_found(self, view: GuestView) -> None:
        self._go_on(view, -1)

    def _go_on(self, view: GuestView, step: int) -> None:
        looks, count = view.drawing.looks, len(view.drawing.found)
        looks.chosen = (looks.chosen + step) % count if count else 0
        view.paint()

    def _copy(self, view: GuestView) -> None:
        self._copying.begin(view)

    def copy(self, view: GuestView) -> None:
        """Copy what is marked."""
        self._copying.copy(view)


def _missing(skipped: str, view: GuestView) -> str:
    if not skipped:
        return ""
    each = " ".join(shown(character) for character in dict.fromkeys(skipped))
    return f" Left out, for the {view.guest.layout} keyboard has them not: {each}"
