"""The log files that the configuration names beside the audit log, for whoever may see that."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from pathlib import Path

from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.followed.file import FollowedFile
from ticrypt_tui.backend.followed.search import FileSearch
from ticrypt_tui.backend.followed.tail import Reading

WhyNot = Callable[[], str]


class FollowedLog:
    """One of these files; `why_not` is asked anew whenever something of it is read."""

    def __init__(self, title: str, path: Path, why_not: WhyNot) -> None:
        self.title, self.where, self._why_not = title, str(path), why_not
        self._file = FollowedFile(self.where)

    def watched(self, watched: bool) -> None:
        """Look at it often, because somebody looks at what is read, or not so often."""
        self._file.watched(watched)

    async def readings(self) -> AsyncGenerator[Reading, None]:
        """Each look at the file, whether it is there or not, until closed; raises `Refused`."""
        self._let_read()
        async with aclosing(self._file.readings()) as readings:
            async for reading in readings:
                self._let_read()
                yield reading

    def search(self) -> FileSearch:
        """The file as it is now, to be searched; raises `Refused`."""
        self._let_read()
        return FileSearch(self.where)

    def _let_read(self) -> None:
        if reason := self._why_not():
            raise Refused(reason)


def followed_logs(paths: Sequence[Path], why_not: WhyNot) -> tuple[FollowedLog, ...]:
    """Each file once, by its name, or where several have that, by its folder, too."""
    once = tuple(dict.fromkeys(paths))
    names = [path.name for path in once]
    return tuple(
        FollowedLog(
            path.name if names.count(path.name) == 1 else f"{path.parent.name}/{path.name}",
            path,
            why_not,
        )
        for path in once
    )
