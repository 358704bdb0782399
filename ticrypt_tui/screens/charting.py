"""The charts under a table: they are counted from the rows that are shown, while they are open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ticrypt_tui.screens.declaration import Chart
    from ticrypt_tui.screens.resource_screen import ResourceScreen
    from ticrypt_tui.widgets.charts import Charts

Counted = tuple[tuple[str, int], ...]


class Charting:
    """Opens and closes the charts of a screen, and keeps them up to date."""

    def __init__(self, screen: ResourceScreen) -> None:
        self._screen = screen
        self._panel: Charts | None = None
        self._rows: Sequence[Any] | None = None
        self.is_open = False

    def turn(self) -> None:
        """Open the charts if they are closed, else close them."""
        self.is_open = not self.is_open
        if self.is_open and self._panel is None:
            from ticrypt_tui.widgets.charts import Charts

            self._panel = Charts([each.title for each in self._screen.tab.charts])
            self._screen.query_one("#rows").mount(self._panel)
        self._screen.set_class(self.is_open, "-charts")
        self.recount()

    def recount(self) -> None:
        """Count anew what is shown; what is as it was is not drawn again."""
        if self.is_open and self._panel is not None:
            self._panel.fit(self._screen.size.height)
            rows = self._screen.table.rows
            if rows != self._rows:
                self._rows = rows
                self._panel.show([counted(chart, rows) for chart in self._screen.tab.charts])


def counted(chart: Chart, rows: Sequence[Any]) -> Counted:
    """The kinds of rows with how many there are of each, in the chart's order."""
    numbers = Counter(map(chart.kind, rows))
    last = len(chart.order)
    places = {kind: place for place, kind in enumerate(chart.order)}
    return tuple(
        sorted(numbers.items(), key=lambda each: (places.get(each[0], last), -each[1], each[0]))
    )
