"""Calls that may block for ever, each with a deadline after which nobody waits for it."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Generic, TypeVar

from ticrypt_tui.backend import workers
from ticrypt_tui.backend.errors import DeadlineMissed, Failed

T = TypeVar("T")


class Lane:
    """Blocking calls of one kind to one place, each on a daemon thread that it has for itself.

    `whom` begins the sentences that say what was not done, such as `Host node1`.

    A thread cannot be stopped: a call that misses its deadline is left behind and counted, and
    when `may_hang` of them are left, new calls are refused until one ends. Daemon threads, so that
    a hung one does not keep the program from leaving.
    """

    def __init__(
        self, whom: str, *, at_once: int, may_hang: int = 4, freed: Callable[[], None] | None = None
    ) -> None:
        self._whom = whom
        self._places = asyncio.Semaphore(at_once)
        self._may_hang = may_hang
        self._freed = freed
        self.hanging = 0

    async def run(self, work: Callable[[], T], seconds: float, what: str) -> T:
        """What `work` returns or raises, within `seconds`, of which it may first wait for a place.

        Raises `Failed` where it was not begun, `DeadlineMissed` where it was.
        """
        self._refuse_when_many_hang()
        try:
            async with asyncio.timeout(seconds) as limit:
                await self._places.acquire()
        except TimeoutError:
            raise Failed(f"{self._whom} is busy and was not asked to {what}.") from None
        try:
            call = _Call(work, asyncio.get_running_loop())
            left = (limit.when() or 0) - asyncio.get_running_loop().time()
            return await self._answer(call, left, f"{what} within {seconds:g} s")
        finally:
            self._places.release()

    async def _answer(self, call: _Call[T], left: float, what: str) -> T:
        answer = call.answer
        workers.begin(call.run, f"{self._whom}: {what}")
        try:
            await asyncio.wait({answer}, timeout=max(left, 0))
        except asyncio.CancelledError:
            if answer.done():
                _forget(answer)
            raise
        finally:
            if not answer.done():
                self.hanging += 1
                answer.add_done_callback(self._ended_late)
        if answer.done():
            return answer.result()
        raise DeadlineMissed(f"{self._whom} did not {what}.")

    def _ended_late(self, answer: asyncio.Future[T]) -> None:
        self.hanging -= 1
        _forget(answer)
        if self._freed:
            self._freed()

    def _refuse_when_many_hang(self) -> None:
        if self.hanging >= self._may_hang:
            raise Failed(f"{self._whom} was not asked: {self.hanging} earlier calls still hang.")


class _Call(Generic[T]):
    """One call on its thread; what it returns or raises is delivered to the event loop."""

    def __init__(self, work: Callable[[], T], loop: asyncio.AbstractEventLoop) -> None:
        self._work: Callable[[], T] | None = work
        self._loop = loop
        self.answer: asyncio.Future[T] = loop.create_future()

    def run(self) -> None:
        work, self._work = self._work, None
        assert work is not None
        with self:
            self._deliver(self.answer.set_result, work())

    def __enter__(self) -> None:
        """Begin; whatever is raised until the end is delivered in place of an answer."""

    def __exit__(
        self, kind: object, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is not None:
            _let_go(error)
            self._deliver(self.answer.set_exception, error)
        return True

    def _deliver(self, how: Callable[..., None], outcome: object) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(how, outcome)


def _forget(answer: asyncio.Future[T]) -> None:
    """Take an answer that nobody waits for any more; what is open in it is closed."""
    if answer.exception() is None:
        close = getattr(answer.result(), "close", None)
        if callable(close):
            close()


def _let_go(error: BaseException) -> None:
    """Free what the error's frames hold: a libvirt object freed on the event loop may block it."""
    seen: BaseException | None = error
    while seen is not None:
        traceback.clear_frames(seen.__traceback__)
        seen = seen.__context__
