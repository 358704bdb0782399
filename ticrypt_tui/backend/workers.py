"""Daemon threads for calls that may never return; one whose call did return takes another.

Starting a thread takes as long as reading a small host, and the event loop waits for it.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

IDLE_SECONDS = 30.0

_idle: list[_Worker] = []
_choosing = threading.Lock()


def begin(work: Callable[[], None], name: str) -> None:
    """Run `work`, which must not raise, on a thread that then bears the name."""
    with _choosing:
        worker = _idle.pop() if _idle else None
    if worker is None:
        worker = _Worker(daemon=True)
        worker.start()
    worker.name = name
    worker.given.put(work)


class _Worker(threading.Thread):
    """Works, and waits for more work; a daemon, so that it never keeps the program from leaving."""

    def __init__(self, *, daemon: bool) -> None:
        super().__init__(daemon=daemon)
        self.given: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def run(self) -> None:
        while self._worked():
            with _choosing:
                _idle.append(self)

    def _worked(self) -> bool:
        """Whether it was given something to do; nothing of it is kept."""
        try:
            work = self.given.get(timeout=IDLE_SECONDS)
        except queue.Empty:
            with _choosing:
                if self in _idle:
                    _idle.remove(self)
                    return False
            work = self.given.get()  # somebody had chosen it already
        work()
        return True
