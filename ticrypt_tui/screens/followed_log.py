"""What the screens need of a log file that is followed beside the audit tail."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Protocol

from ticrypt_tui.widgets.followed_lines import Part


class Reading(Protocol):
    """What one look at a file found: what happened to it, and then what came."""

    @property
    def data(self) -> bytes: ...
    @property
    def happened(self) -> str: ...
    @property
    def size(self) -> int | None: ...
    @property
    def written(self) -> datetime | None: ...
    @property
    def fault(self) -> str: ...
    @property
    def more(self) -> bool: ...


class Progress(Protocol):
    """How many bytes were searched of how many, and where the text was found, if it was."""

    @property
    def searched(self) -> int: ...
    @property
    def whole(self) -> int: ...
    @property
    def found(self) -> int | None: ...


class Window(Part, Protocol):
    """A line of a file with the lines around it, and where in the file all that is."""

    @property
    def start(self) -> int: ...
    @property
    def at(self) -> int: ...
    @property
    def after(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def size(self) -> int: ...


class FileSearch(Protocol):
    """One file, searched where it lies."""

    def find(
        self, text: str, *, after: int | None = None, before: int | None = None
    ) -> AsyncGenerator[Progress, None]:
        """Search forward from `after`, or backward from `before` or the end, until found."""

    async def around(self, at: int) -> Window:
        """The line in which a place is, with those around it."""

    def close(self) -> None: ...


class FollowedLog(Protocol):
    """One log file that is followed."""

    @property
    def title(self) -> str: ...
    @property
    def where(self) -> str: ...

    def watched(self, watched: bool) -> None:
        """Look at it often, or not so often."""

    def readings(self) -> AsyncGenerator[Reading, None]:
        """Each look at the file, whether it is there or not, until closed."""

    def search(self) -> FileSearch:
        """The file as it is now, to be searched."""
