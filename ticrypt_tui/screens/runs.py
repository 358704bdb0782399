"""The operations that run now, on which object and since when, whatever screen is open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One operation under way."""

    label: str
    subject: str
    since: datetime
    task: asyncio.Task[object] | None

    @property
    def sentence(self) -> str:
        """What is being done to what."""
        return f"{self.label} {self.subject}".strip()


class Runs:
    """The runs of this console, in the order in which they began."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._under_way: list[Run] = []

    @contextmanager
    def under_way(self, label: str, subject: str) -> Iterator[Run]:
        """While the block runs, the console says that it does."""
        run = Run(label, subject, self._clock(), asyncio.current_task())
        self._under_way.append(run)
        try:
            yield run
        finally:
            self._under_way.remove(run)

    async def end(self, seconds: float) -> None:
        """Cancel what runs, and wait at most so long until each has recorded how it ended."""
        tasks = {run.task for run in self._under_way if run.task is not None}
        for task in tasks:
            if not task.cancelling():  # a second one would interrupt the recording
                task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)

    def __iter__(self) -> Iterator[Run]:
        return iter(tuple(self._under_way))

    def __len__(self) -> int:
        return len(self._under_way)
