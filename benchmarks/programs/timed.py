"""How long keys take to show, pressed as the terminal's own thread does it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from statistics import median, quantiles
from typing import Any

from textual import events
from textual.app import App


class Timed:
    """How long keys take to show: pressed on a thread of its own, at no fixed time.

    The first of the `keys` is pressed `turn` times, then the other as often, and so on.
    """

    def __init__(
        self,
        app: App[Any],
        done: Callable[[], object],
        keys: tuple[str, str] = ("down", "up"),
        turn: int = 20,
    ) -> None:
        self.app, self._keys, self._turn = app, keys, turn
        self.seconds: list[float] = []
        self._done = done
        self._pressed = 0.0
        self._shown = threading.Event()

    def run(self, keys: int) -> None:
        dice = random.Random(1)
        for each in range(keys):
            time.sleep(dice.uniform(0.05, 0.25))
            before = self._done()
            self._shown.clear()
            self._waited_for = before
            self._pressed = time.perf_counter()
            name = self._keys[each // self._turn % 2]
            assert self.app._driver is not None
            self.app._driver.process_message(events.Key(name, None))
            assert self._shown.wait(30)

    def displayed(self) -> None:
        """A frame was handed to the terminal."""
        if self._pressed and self._done() != self._waited_for:
            self.seconds.append(time.perf_counter() - self._pressed)
            self._pressed = 0.0
            self._shown.set()

    def found(self) -> dict[str, float]:
        return {"median": median(self.seconds), "p95": quantiles(self.seconds, n=20)[-1]}
