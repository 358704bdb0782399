"""A line of a VM's screen in as few bytes as it takes: over SSH, each of them is waited for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from rich.color import Color, ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

Span = tuple[int, int]
"""The first cell that changed, and the one after the last."""
NO_COLOUR = 0xFF000000
"""The terminal's own colour: a picture behind the cell is seen through it."""


def merged(spans: Iterable[Span]) -> list[Span]:
    """Spans in their order, as Textual merges them: those that touch are one."""
    found: list[Span] = []
    for first, after in sorted(spans):
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], after)
        else:
            found.append((first, after))
    return found


@lru_cache(4096)
def colours(foreground: int, background: int) -> Style:
    """The style of a cell by its two colours, 0xRRGGBB, or `NO_COLOUR`."""
    return Style(color=_colour(foreground), bgcolor=_colour(background))


@lru_cache(4096)
def _colour(value: int) -> Color | None:
    if value == NO_COLOUR:
        return None
    return Color.from_rgb(value >> 16 & 255, value >> 8 & 255, value & 255)


class GuestStrip(Strip):
    """A line whose colours are said only where they change, and whose sameness is not said at all.

    Textual sends a changed line from its first cell on; what is not within the `changed` spans is
    jumped over instead. Whatever stands in `after` is sent after the whole line.
    """

    __slots__ = ["_after", "_changed"]

    def __init__(
        self,
        segments: Iterable[Segment],
        cell_length: int | None = None,
        *,
        changed: Sequence[Span] = (),
        after: str = "",
    ) -> None:
        super().__init__(segments, cell_length)
        self._changed, self._after = changed, after

    def crop(self, start: int, end: int | None = None) -> Strip:
        """A part of the line; of one that is sent up to `end`, only the span that ends there."""
        end = self.cell_length if end is None else min(self.cell_length, end)
        for first, after in self._changed:
            if start == 0 and after == end and first > 0:
                return _Jumping(super().crop(first, end)._segments, end - first, first)
        if start == 0 and end == self.cell_length:
            return self
        return GuestStrip(super().crop(start, end)._segments, end - start)

    def render(self, console: Console) -> str:
        if self._render_cache is None:
            self._render_cache = said(self._segments, console) + self._after
        return self._render_cache


class _Jumping(Strip):
    """The end of a line; the cells before it stay as they are."""

    __slots__ = ["_jump"]

    def __init__(self, segments: Iterable[Segment], cell_length: int, jump: int) -> None:
        super().__init__(segments, cell_length)
        self._jump = jump

    def render(self, console: Console) -> str:
        return f"\x1b[{self._jump}C" + said(self._segments, console)


def said(segments: Iterable[Segment], console: Console) -> str:
    """Segments as a terminal takes them, each colour said when it is another than before."""
    system = console._color_system or ColorSystem.TRUECOLOR
    parts: list[str] = []
    now: dict[str, str] = {}
    for text, style, control in segments:
        if control or not text:
            parts.append(text if control else "")
            continue
        wanted = _codes(style or Style.null(), system)
        if text.isspace() and not wanted["rest"]:
            wanted = {**wanted, "colour": now.get("colour", "")}
        parts += (_turn(now, wanted), text)
        now = wanted
    if any(now.values()):
        parts.append("\x1b[0m")
    return "".join(parts)


def _turn(before: dict[str, str], wanted: dict[str, str]) -> str:
    """What turns one look into another; all is said anew where something of it ends."""
    ends = any(code and not wanted.get(part) for part, code in before.items())
    if ends or before.get("rest", "") != wanted["rest"]:
        codes = ["0" if any(before.values()) else "", *wanted.values()]
    else:
        codes = [code for part, code in wanted.items() if code != before.get(part, "")]
    said_codes = ";".join(filter(None, codes))
    return f"\x1b[{said_codes}m" if said_codes else ""


@lru_cache(4096)
def _codes(style: Style, system: ColorSystem) -> dict[str, str]:
    """The parts of a look: its colours, and all that is neither."""
    foreground, background = style.color, style.bgcolor
    rest = Style.combine([style.without_color, Style(color=None)])
    return {
        "colour": _code(foreground, system, True),
        "background": _code(background, system, False),
        "rest": Strip.render_ansi(rest, system),
    }


def _code(colour: Color | None, system: ColorSystem, foreground: bool) -> str:
    if colour is None:
        return ""
    return ";".join(colour.downgrade(system).get_ansi_codes(foreground))
