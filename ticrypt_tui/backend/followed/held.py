"""A file that threads use: it is closed once the last of them is done with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import BinaryIO


class Held:
    """A file that is opened when it is first used, and used by one thread at a time.

    It can be closed while a thread hangs in a call with it: that thread then does so, if ever it
    comes back.
    """

    def __init__(self) -> None:
        self._file: BinaryIO | None = None
        self._busy = Lock()
        self._closed = False

    def close(self) -> None:
        """Let it go, now or as soon as nobody uses it."""
        self._closed = True
        if self._busy.acquire(blocking=False):
            try:
                self._drop()
            finally:
                self._busy.release()

    @contextmanager
    def _used(self) -> Iterator[None]:
        try:
            with self._busy:
                yield
        finally:
            if self._closed:
                self.close()

    def _drop(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
