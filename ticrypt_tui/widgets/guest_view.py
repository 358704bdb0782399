"""A VM's screen in the terminal: what is typed and pointed at here is the guest's, but one key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from textual import events
from textual.filter import Monochrome, NoColor
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from ticrypt_tui.widgets.guest_drawing import GuestDrawing
from ticrypt_tui.widgets.guest_grid import Grid
from ticrypt_tui.widgets.guest_marks import Selection
from ticrypt_tui.widgets.guest_sender import PictureSender, Work
from ticrypt_tui.widgets.guest_strip import GuestStrip, Span, merged

if TYPE_CHECKING:
    from textual.timer import Timer

    from ticrypt_tui.screens.guest_screen import GuestScreen, Rect

TEXT_SECONDS, PICTURE_SECONDS = 1 / 30, 1 / 12
"""The shortest time between two drawings: a change that is alone is drawn at once."""
BUTTONS = {1: 1, 2: 2, 3: 4}
WHEEL_UP, WHEEL_DOWN = 8, 16

Command = Callable[["GuestView", str], Awaitable[None]]
"""What is done with a key that is not the guest's; '' for the one that begins such keys."""


class GuestView(Widget, can_focus=True):
    """Draws a screen, sending only the cells that changed, and passes on keys and the pointer."""

    DEFAULT_CSS = """
    GuestView { width: 1fr; height: 1fr; background: #000000; }
    """
    ALLOW_SELECT = False

    @dataclass
    class Untyped(Message):
        """A key went nowhere."""

        view: GuestView
        key: str

    @dataclass
    class Pasted(Message):
        """The terminal pasted a text."""

        view: GuestView
        text: str

    @dataclass
    class Marked(Message):
        """Cells were marked with the mouse."""

        view: GuestView

    @dataclass
    class Changed(Message):
        """Something is different that is said of it in words."""

        view: GuestView

    def __init__(
        self,
        guest: GuestScreen,
        prefix: Callable[[], frozenset[str]],
        command: Command,
        work: Work,
    ) -> None:
        super().__init__()
        self.guest, self.drawing = guest, GuestDrawing(guest)
        self._prefix, self._command = prefix, command
        self._sender = PictureSender(self, work)
        self.captive = False
        """Whether keys are commands now."""
        self._painted = Grid(0, 0)
        self._changed: dict[int, list[Span]] = {}
        self._strips: dict[int, Strip] = {}
        self._facts: tuple[object, ...] = ()
        self._buttons = 0
        self._painted_at = 0.0
        self._due: Timer | None = None
        self._fading: Timer | None = None
        self._unsubscribe: Callable[[], None] = lambda: None

    def on_mount(self) -> None:
        self._unsubscribe = self.guest.subscribe(self._told)

    def on_unmount(self) -> None:
        self._unsubscribe()

    # Drawing

    @property
    def seen(self) -> bool:
        """Whether it is on screen now."""
        return self.is_attached and self.display and self.screen.is_current

    def _told(self, changed: Sequence[Rect]) -> None:
        if self.seen:
            self._paint_soon()

    def _paint_soon(self) -> None:
        if self._due is not None:
            return
        least = PICTURE_SECONDS if self.drawing.text is None else TEXT_SECONDS
        wait = self._painted_at + least - monotonic()
        if wait > 0:
            self._due = self.set_timer(wait, self.paint)
        else:
            self.paint()

    def paint(self) -> None:
        """Draw the screen as it is now; only what differs is marked to be sent."""
        if self._due is not None:
            self._due.stop()
            self._due = None
        now = self._painted_at = monotonic()
        self._sender.measure()
        size = self.size.height, self.size.width
        grid = self.drawing.draw(size, now)
        before, self._painted = self._painted, grid
        if before is grid:
            pass
        elif before.size != grid.size:
            self._strips.clear()
            self._changed.clear()
            self.refresh()
        else:
            self._mark(before, grid)
        self._fade(now)
        self._sender.send()
        if (facts := self.drawing.facts) != self._facts:
            self._facts = facts
            self.post_message(self.Changed(self))

    def _mark(self, before: Grid, now: Grid) -> None:
        regions = []
        for row in now.differing(before):
            spans = now.spans(before, row)
            self._changed[row] = merged(self._changed.get(row, []) + spans)
            self._strips.pop(row, None)
            regions += [Region(first, row, after - first, 1) for first, after in spans]
        if regions:
            self.refresh(*regions)

    def _fade(self, now: float) -> None:
        """Look again once a cursor that is not seen now would be gone."""
        left = self.drawing.cursor_left(now)
        if left is not None and self._fading is None:  # one that runs looks anew when it is due
            self._fading = self.set_timer(left + 0.05, self._faded)

    def _faded(self) -> None:
        self._fading = None
        if self.seen:
            self.paint()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines, each of which knows what of it changed since it was last sent."""
        if self._painted.size != (self.size.height, self.size.width):
            self._painted = self.drawing.draw((self.size.height, self.size.width), monotonic())
            self._strips.clear()
        changed, self._changed = self._changed, {}
        strips = [self._strip(row, changed.get(row, ())) for row in crop.line_range]
        colourless = [
            each for each in self.get_line_filters() if isinstance(each, Monochrome | NoColor)
        ]
        for each in colourless:
            strips = [strip.apply_filter(each, self.background_colors[1]) for strip in strips]
        if crop.column_span == (0, self.size.width):
            return strips
        return [strip.crop(*crop.column_span) for strip in strips]

    def _strip(self, row: int, changed: Sequence[Span]) -> Strip:
        width = self.size.width
        after = self._sender.picture if row == self.size.height - 1 else ""
        if changed or after:
            segments = self._painted.segments(row)
            return GuestStrip(segments, width, changed=changed, after=after)
        strip = self._strips.get(row)
        if strip is None:
            strip = self._strips[row] = GuestStrip(self._painted.segments(row), width)
        return strip

    def cover(self, covered: bool) -> None:
        """Say that something stands on the screen now, or no more."""
        self.drawing.covered = covered
        if self.drawing.looks.graphics:
            self.paint()

    def hide_picture(self) -> None:
        """Take away what is not made of cells, before something else is shown."""
        self._sender.take_away()

    def on_resize(self) -> None:
        self.paint()

    # Keys

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Every key: no binding of the console is asked first, not even one with priority."""
        return True

    async def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        if not self.has_focus:  # typed before what has the focus now had it
            self.app.post_message(events.Key(event.key, event.character))
        elif self.captive:  # at once: what the next key means hangs on it
            await self._command(self, event.key)
        elif event.key in self._prefix():
            self.captive = True
            self.cover(True)
            await self._command(self, "")
        elif self._deaf or not self.guest.key(event.key, event.character):
            self.post_message(self.Untyped(self, event.key))

    @property
    def _deaf(self) -> bool:
        """Whether the guest has none of the keys."""
        return self.guest.view_only or self.guest.ended

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self.post_message(self.Pasted(self, event.text))

    # The pointer

    @property
    def _marking(self) -> bool:
        """Whether the mouse marks cells, as the guest has nothing of it."""
        held = self.guest.view_only or self.drawing.looks.selection is not None
        return held and self.drawing.text is not None

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self.capture_mouse()
        if self._marking:
            place = self.drawing.cell(event.x, event.y)
            self.drawing.looks.selection = Selection(place, place, begun=True)
            self.paint()
            return
        self._buttons |= BUTTONS.get(event.button, 0)
        self._point(event)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        self.release_mouse()
        if self._marking:
            self._end_marking()
            return
        self._buttons = 0
        self._point(event)

    def _end_marking(self) -> None:
        marked = self.drawing.looks.selection
        if marked is None or marked.start != marked.end:
            self.post_message(self.Marked(self))
        elif not self.captive:  # a mere click
            self.drawing.looks.selection = None
            self.paint()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        marked = self.drawing.looks.selection
        if self._marking and marked is not None:
            if event.button:
                self.drawing.looks.selection = marked.to(self.drawing.cell(event.x, event.y))
                self.paint()
            return
        self._point(event)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._roll(event, WHEEL_UP)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._roll(event, WHEEL_DOWN)

    def _roll(self, event: events.MouseEvent, wheel: int) -> None:
        event.stop()
        self._point(event, wheel)
        self._point(event)

    def _point(self, event: events.MouseEvent, wheel: int = 0) -> None:
        if self.captive:
            return
        x, y = self.drawing.window.pixel(_middle(event.pointer_x), _middle(event.pointer_y))
        self.drawing.pointer = x, y
        self.guest.pointer(x, y, self._buttons | wheel)
        if self.drawing.follows_pointer:
            self._paint_soon()


def _middle(place: float) -> float:
    """A place within a cell: its middle, where the terminal tells no more than the cell."""
    return place + 0.5 if place == int(place) else place
