"""A log in a terminal: `c` appends a line, `x` appends many while others are still being sent."""

from __future__ import annotations

import asyncio

from textual.app import App
from textual.screen import Screen

from ticrypt_tui.widgets.backlog import PatientScreen
from ticrypt_tui.widgets.line_view import LineView


class LogScreen(PatientScreen):
    def __init__(self) -> None:
        super().__init__()
        self.view = LineView()

    def compose(self) -> list[LineView]:
        return [self.view]

    def on_mount(self) -> None:
        self.view.focus()
        self.view.feed(b"first line\n")


class Log(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.animation_level = "none"
        self.log_screen = LogScreen()

    def get_default_screen(self) -> Screen[None]:
        return self.log_screen

    def key_c(self) -> None:
        self.log_screen.view.feed(b"one more line\n")

    async def key_x(self) -> None:
        for number in range(1, 401):
            self.log_screen.view.feed(b"number %d of 400 %s\n" % (number, b"\x1b[2J\x9b" * 9))
            await asyncio.sleep(0.005)


if __name__ == "__main__":
    Log().run()
