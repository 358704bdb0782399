"""Which keyboard layout each VM was last said to have, in this user's own folder."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path

from ticrypt_tui.backend.drives.private_file import write_private

NAME = "keyboard-layouts.json"
KEPT = 1000
"""How many are kept, the last ones chosen."""


class KeptLayouts:
    """Layouts by what outlives a run: the configuration's ID, or the service VM's.

    A file that cannot be read or written is no reason to fail: the layout is then chosen anew.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "screens" / NAME
        self._kept: dict[str, str] | None = None
        self._writing: asyncio.Task[None] | None = None

    async def of(self, key: str) -> str:
        """The layout that was chosen last, or ''."""
        if self._kept is None:
            self._kept = await asyncio.to_thread(self._read)
        return self._kept.get(key, "")

    def keep(self, key: str, layout: str) -> None:
        """Remember a choice; it is written soon."""
        if self._kept is None or self._kept.get(key) == layout:
            return
        self._kept.pop(key, None)
        self._kept[key] = layout
        while len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def close(self) -> None:
        """Wait until the last choice is written."""
        if self._writing is not None:
            await self._writing

    async def _write(self) -> None:
        written = None
        while written != self._kept:
            written = dict(self._kept or {})
            with suppress(OSError):
                text = json.dumps(written, indent=1)
                await asyncio.to_thread(write_private, self._path, text.encode())

    def _read(self) -> dict[str, str]:
        with suppress(OSError, ValueError, AttributeError):
            found = json.loads(self._path.read_bytes())
            return {str(key): str(value) for key, value in found.items()}
        return {}
