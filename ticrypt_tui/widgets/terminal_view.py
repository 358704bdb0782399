"""A VM's serial console in the terminal: what is typed here is the guest's, but for one key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING

from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from ticrypt_tui.widgets.guest_marks import Place, Selection
from ticrypt_tui.widgets.terminal_line import Span, cells_of, strip_of

if TYPE_CHECKING:
    from textual.timer import Timer

    from ticrypt_tui.screens.guest_terminal import GuestTerminal

PAINT_SECONDS = 1 / 30
"""The shortest time between two drawings: a change that is alone is drawn at once."""
WHEEL_ROWS = 3


class TerminalView(Widget, can_focus=True):
    """Draws the lines that changed, passes keys on, and goes back to lines that have left."""

    DEFAULT_CSS = """
    TerminalView { width: 1fr; height: 1fr; background: #000000; }
    """
    ALLOW_SELECT = False

    @dataclass
    class Untyped(Message):
        """A key went nowhere."""

        key: str

    @dataclass
    class Pasted(Message):
        """The terminal pasted a text."""

        text: str

    @dataclass
    class Marked(Message):
        """Characters were marked with the mouse."""

    @dataclass
    class Changed(Message):
        """Something is different that is said of it in words."""

    @dataclass
    class Resized(Message):
        """The guest's terminal has another size."""

    def __init__(
        self,
        guest: GuestTerminal,
        prefix: Callable[[], frozenset[str]],
        command: Callable[[str], Awaitable[None]],
    ) -> None:
        super().__init__()
        self.guest = guest
        self._prefix, self._command = prefix, command
        self.captive = False
        """Whether keys are commands now."""
        self.selection: Selection | None = None
        self._at: int | None = None
        self._painted: list[object] = []
        self._strips: dict[int, Strip] = {}
        self._painted_at = 0.0
        self._due: Timer | None = None
        self._unsubscribe: Callable[[], None] = lambda: None

    def on_mount(self) -> None:
        self._unsubscribe = self.guest.subscribe(self.paint_soon)

    def on_unmount(self) -> None:
        self._unsubscribe()

    def on_resize(self) -> None:
        self.guest.resize(self.size.width, self.size.height)
        self._strips.clear()
        self._painted.clear()
        self.paint()
        self.post_message(self.Resized())

    # What is seen

    @property
    def top(self) -> int:
        """The number of the first line that is seen."""
        if self._at is None:
            return self.guest.top
        return min(max(self._at, self.guest.first), self.guest.top)

    @property
    def back(self) -> int:
        """How many lines it has been gone back."""
        return self.guest.top - self.top

    @property
    def last(self) -> int:
        """The number of the last line of the screen."""
        return self.guest.top + self.guest.size[1] - 1

    def go(self, rows: int) -> None:
        """Go back by some lines, or on; at the end what comes is followed again."""
        top = min(max(self.top + rows, self.guest.first), self.guest.top)
        self._at = None if top == self.guest.top else top
        self.paint()

    def follow(self) -> None:
        """See what comes."""
        if self._at is not None:
            self._at = None
            self.paint()

    def show(self, number: int) -> None:
        """Move no further than it takes for a line to be seen."""
        if number < self.top:
            self.go(number - self.top)
        elif number >= self.top + self.size.height:
            self.go(number - self.top - self.size.height + 1)

    def paint_soon(self) -> None:
        """Draw what changed, at once or as soon as the last drawing is long enough ago."""
        if self._due is not None or not self.is_attached:
            return
        wait = self._painted_at + PAINT_SECONDS - monotonic()
        if wait > 0:
            self._due = self.set_timer(wait, self.paint)
        else:
            self.paint()

    def paint(self) -> None:
        """Draw the lines that look different now."""
        if self._due is not None:
            self._due.stop()
            self._due = None
        self._painted_at = monotonic()
        before, self._painted = self._painted, [self._looks(y) for y in range(self.size.height)]
        changed = [
            y for y, looks in enumerate(self._painted) if y >= len(before) or before[y] != looks
        ]
        for y in changed:
            self._strips.pop(y, None)
        if changed:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))
        self.post_message(self.Changed())

    def _looks(self, y: int) -> object:
        number = self.top + y
        return self.guest.row(number), tuple(self._turned(number))

    def _turned(self, number: int) -> list[Span]:
        """The cells of a line that stand out."""
        if self.selection is not None:
            spans = self.selection.spans(self.size.width)
            return [(each.first, each.after) for each in spans if each.row == number]
        cursor = self.guest.cursor
        return [(cursor[1], cursor[1] + 1)] if cursor and cursor[0] == number else []

    def render_line(self, y: int) -> Strip:
        if y not in self._strips:
            number = self.top + y
            row, turned = self.guest.row(number), self._turned(number)
            self._strips[y] = strip_of(row, self.size.width, turned)
        return self._strips[y]

    # What is marked

    def mark(self, selection: Selection | None) -> None:
        """Mark characters, or none any more; lines have their numbers."""
        self.selection = selection
        self.paint()

    def marked(self) -> str:
        """What is marked says, without the blanks at the ends of lines."""
        if self.selection is None:
            return ""
        spans = self.selection.spans(self.size.width)
        parts = (cells_of(self.guest.row(each.row))[each.first : each.after] for each in spans)
        return "\n".join("".join(cells).rstrip() for cells in parts)

    def _place(self, event: events.MouseEvent) -> Place:
        x = min(max(event.x, 0), self.size.width - 1)
        return self.top + min(max(event.y, 0), self.size.height - 1), x

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if event.button == 1:
            self.capture_mouse()
            place = self._place(event)
            self.mark(Selection(place, place, begun=True))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if event.button and self.selection is not None:
            self.mark(replace(self.selection, end=self._place(event)))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        self.release_mouse()
        if self.selection is None:
            return
        if self.selection.start != self.selection.end:
            self.post_message(self.Marked())
        elif not self.captive:  # a mere click
            self.mark(None)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.go(-WHEEL_ROWS)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.go(WHEEL_ROWS)

    # Keys

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Every key: no binding of the console is asked first, not even one with priority."""
        return True

    async def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        if self.screen.focused is not self:  # typed before what has the focus now had it
            self.app.post_message(events.Key(event.key, event.character))
        elif self.captive:  # at once: what the next key means hangs on it
            await self._command(event.key)
        elif event.key in self._prefix():
            self.captive = True
            await self._command("")
        elif event.key in ("shift+pageup", "shift+pagedown"):
            page = max(self.size.height - 1, 1)
            self.go(-page if event.key == "shift+pageup" else page)
        elif self.guest.view_only or self.guest.ended:
            self.post_message(self.Untyped(event.key))
        else:
            self.follow()
            if not self.guest.key(event.key, event.character):
                self.post_message(self.Untyped(event.key))

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self.post_message(self.Pasted(event.text))
