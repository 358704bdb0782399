"""Lines of cells that repaint only what changed: the base of the row view and the line view."""

from __future__ import annotations

from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.cache import LRUCache
from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style

from ticrypt_tui.config.colours import COLOURS

STYLES = {
    "success": "$text-success",
    "warning": "$text-warning",
    "error": "bold $text-error",
    "muted": "$foreground-muted",
    "accent": "$text-accent",
    "header": "bold",
    "mark": "bold $text-warning",
    "found": "reverse",
    "gone": "italic underline",
    "cursor": "bold $block-cursor-foreground on $block-cursor-background",
    **{f"project-{word}": f"$project-{word}" for word in COLOURS},
    "blurred cursor": "$block-cursor-blurred-foreground on $block-cursor-blurred-background",
}
"""What each role looks like, by the colours of the theme; a sign or a word always goes with it."""


class Cell(NamedTuple):
    """A piece of a line: text of exactly the cells it takes, and the roles that colour it."""

    text: str
    width: int
    roles: tuple[str, ...] = ()


class Line(NamedTuple):
    """What one line of the screen shows, from left to right; roles colour all of it."""

    cells: tuple[Cell, ...] = ()
    roles: tuple[str, ...] = ()


class Painted(ScrollView, can_focus=True):
    """A view that says what each line of it shows, and lets `repaint` find what changed.

    Textual sends whole what is marked as changed; so only cells that differ are marked.
    """

    DEFAULT_CSS = """
    Painted {
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
    }
    """

    def __init__(
        self, *, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._painted: list[Line] = []
        self._strips: LRUCache[tuple[Line, int], Strip] = LRUCache(256)
        self._role_styles: dict[tuple[str, ...], RichStyle] = {}

    @property
    def room(self) -> int:
        """How many cells of a line can be seen: what a scrollbar leaves, shown or not."""
        return self.scrollable_content_region.width

    def line(self, y: int) -> Line:
        """What line `y` of the view shows now."""
        raise NotImplementedError

    def repaint(self) -> None:
        """Marks the cells that show something else than when last painted."""
        height = self.size.height
        if len(self._painted) != height:
            self._painted = [self.line(y) for y in range(height)]
            self.refresh()
            return
        regions: list[Region] = []
        for y, before in enumerate(self._painted):
            now = self.line(y)
            if now != before:
                regions += changed_regions(before, now, y, self.size.width)
                self._painted[y] = now
        if regions:
            self.refresh(*regions)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines within a region, past Textual's own cache of lines where that adds nothing."""
        if self.gutter.totals != (0, 0):
            return super().render_lines(crop)
        _, background = self.background_colors
        strips = [self.render_line(y) for y in crop.line_range]
        for line_filter in self.get_line_filters():
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        if crop.column_span == (0, self.size.width):
            return strips
        return [strip.crop(*crop.column_span) for strip in strips]

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        line = self.line(y)
        strip = self._strips.get((line, width))
        if strip is None:
            strip = self._strip(line, width)
            self._strips[line, width] = strip
        return strip

    def _strip(self, line: Line, width: int) -> Strip:
        segments = [Segment(cell.text, self._style(cell.roles + line.roles)) for cell in line.cells]
        return Strip(segments).adjust_cell_length(width, self._style(line.roles))

    def _style(self, roles: tuple[str, ...]) -> RichStyle:
        """The style of a text with these roles, the last of them on top."""
        known = self._role_styles.get(roles)
        if known is None:
            style, variables = self.visual_style, self.app.theme_variables
            for role in roles:
                # In the terminal's own colours nothing is less than the text but what is dim.
                dim = role == "muted" and self.app.native_ansi_color
                style += Style.parse("dim" if dim else STYLES[role], variables)
            known = self._role_styles[roles] = style.rich_style
        return known

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()
        self._role_styles.clear()

    @property
    def cursor_role(self) -> str:
        return "cursor" if self.has_focus else "blurred cursor"

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self.repaint()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = new_value
        if round(old_value) != round(new_value):
            self.repaint()


def changed_regions(before: Line, now: Line, y: int, width: int) -> list[Region]:
    """Where two states of a line differ: in cells, or, where those moved, all along."""
    same_places = [cell.width for cell in before.cells] == [cell.width for cell in now.cells]
    if before.roles != now.roles or not same_places:
        return [Region(0, y, width, 1)]
    regions, x = [], 0
    for old, new in zip(before.cells, now.cells, strict=True):
        if old != new:
            regions.append(Region(x, y, new.width, 1))
        x += new.width
    return regions
