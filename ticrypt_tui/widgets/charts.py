"""Charts side by side: beside each bar stand its word and its number, so that no colour is needed.

The bars are drawn by `textual_plot`, which is imported only once there are charts to draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Grid, Horizontal
from textual.content import Content
from textual.widget import Widget

from ticrypt_tui.widgets.cells import fitted

if TYPE_CHECKING:
    from textual_plot import PlotWidget

Bars = tuple[tuple[str, int], ...]
FRAME = 2
TALL = 36
"""Lines that a terminal has for charts to be high: five bars each, and not three."""


class Words(Widget):
    """The words and numbers beside the bars, as wide as there is room when they are drawn."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        self._bars: Bars = ()

    def show(self, bars: Bars) -> None:
        self._bars = bars
        self.refresh()

    def render(self) -> Content:
        return words(self._title, self._bars, self.size.width)


class BarChart(Horizontal):
    """Horizontal bars, the longest as long as there is room."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"bar-chart--bar"}
    DEFAULT_CSS = """
    BarChart { height: 100%; padding: 0 1 0 1; }
    BarChart Words { width: 5fr; height: 100%; }
    BarChart PlotWidget { width: 4fr; height: 100%; }
    BarChart PlotWidget > .plot--axis { color: $border-blurred; }
    BarChart > .bar-chart--bar { color: $primary; }
    """

    def __init__(self, title: str) -> None:
        super().__init__()
        self.heading = title
        self._bars: Bars = ()
        self.drawn = False
        """Whether it shows its bars."""
        self._words = Words(title)
        self._plot: PlotWidget | None = None

    def compose(self) -> ComposeResult:
        from textual_plot import PlotWidget

        self._plot = PlotWidget(allow_pan_and_zoom=False)
        self._plot.can_focus = False
        yield self._words
        yield self._plot

    def on_mount(self) -> None:
        assert self._plot is not None
        self._plot.margin_left = self._plot.margin_top = self._plot.margin_bottom = 0
        self._plot.set_xticks([])
        self._plot.set_yticks([])
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def show(self, bars: Bars) -> None:
        """Have these bars; where they are as they were, nothing is drawn."""
        if bars != self._bars:
            self._bars, self.drawn = bars, False
            self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        if self._plot is None or not self.is_attached:
            return
        bars = gathered(self._bars, max(self.size.height - FRAME, 1))
        self._words.show(bars)
        style = str(self.get_component_rich_style("bar-chart--bar", partial=True))
        self._plot.clear()
        self._plot.set_xlimits(0, max((number for _, number in bars), default=1))
        self._plot.set_ylimits(0.5 - max(self.size.height - FRAME, 1), 0.5)
        for place, (_, number) in enumerate(bars):
            self._plot.plot([0, number], [-place, -place], line_style=style)
        self.drawn = bool(self.size.height)


class Charts(Grid):
    """All charts of a table, three in a row."""

    DEFAULT_CSS = """
    Charts { grid-size: 3; grid-rows: 5; height: auto; border-top: solid $border-blurred; }
    Charts.-high { grid-rows: 7; }
    """

    def __init__(self, titles: Sequence[str]) -> None:
        super().__init__()
        self._charts = [BarChart(title) for title in titles]

    def compose(self) -> ComposeResult:
        yield from self._charts

    def on_mount(self) -> None:
        self.fit(self.app.size.height)

    def fit(self, lines: int) -> None:
        """Be as high as a terminal of so many lines has room for."""
        self.set_class(lines >= TALL, "-high")

    def show(self, bars: Sequence[Bars]) -> None:
        """Have these bars, a chart after the other."""
        for chart, own in zip(self._charts, bars, strict=True):
            chart.show(own)


def gathered(bars: Bars, at_most: int) -> Bars:
    """As many bars as there is room for: of more, the longest, and one for all others."""
    if len(bars) <= at_most:
        return bars
    longest = sorted(bars, key=lambda bar: -bar[1])[: at_most - 1]
    others = [number for word, number in bars if (word, number) not in longest]
    kept = tuple(bar for bar in bars if bar in longest)
    return (*kept, (f"{len(others)} others", sum(others)))


def words(title: str, bars: Bars, width: int) -> Content:
    """The title, and below it the word and the number of every bar."""
    room = max(len(f"{number:,}") for _, number in bars) if bars else 0
    lines = [Content.styled(fitted(title, width), "bold $text-accent")]
    for word, number in bars:
        said = fitted(word, max(width - room - 2, 1))
        lines.append(Content.assemble(said, f" {number:>{room},} "))
    return Content("\n").join(lines if bars else [*lines, Content.styled("none", "$text-muted")])
