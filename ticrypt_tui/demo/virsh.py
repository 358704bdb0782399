"""Libvirt by its own command, for what the demo needs around its enclave: a network, a volume."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.demo import commands


@dataclass(frozen=True, slots=True)
class Libvirt:
    """A libvirt that answers at a URI."""

    uri: str

    @property
    def system(self) -> bool:
        """Whether it is the machine's libvirt, rather than the user's own."""
        return self.uri.endswith("/system")

    async def tried(self, *words: str | Path, seconds: float = 30) -> commands.Finished:
        """What `virsh` answers; an exit code is no error here."""
        return await commands.run("virsh", "-q", "-c", self.uri, *words, seconds=seconds)

    async def ask(self, *words: str | Path, seconds: float = 30) -> str:
        """What `virsh` prints; raises `Failed` with its reason."""
        finished = await self.tried(*words, seconds=seconds)
        if finished.code:
            raise Failed(f"libvirt ({self.uri}) refused {words[0]}: {finished.reason}.")
        return finished.output

    async def give(self, *words: str, document: str, seconds: float = 30) -> str:
        """`ask`, with a file that holds the document as the last word."""
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".xml") as file:
            file.write(document)
            file.flush()
            return await self.ask(*words, file.name, seconds=seconds)

    async def names(self, listing: str) -> list[str]:
        """The names that `pool-list`, `net-list` or `list` gives, also of what is inactive."""
        return (await self.ask(listing, "--all", "--name")).split()
