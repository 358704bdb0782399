"""Simulated hosts: one world for each URI, shared by all of this process until it ends.

Libvirt's `test` driver plays a world of its own for each connection, which ends with it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import libvirt

from ticrypt_tui.backend.drivers.base import Ability
from ticrypt_tui.backend.drivers.libvirt import events
from ticrypt_tui.backend.drivers.libvirt.events import Happening

_SENTENCES = {
    Ability.SCREEN: "its VMs have no screens",
    Ability.CONSOLE: "its VMs have no consoles",
    Ability.LOGS: "keeps no logs",
    Ability.FILTERS: "filters no network",
    Ability.DRIVES: "has no drives",
    Ability.AGENT: "its VMs have no guest agents",
}


class World:
    """One connection and all who hear of what happens there.

    Libvirt takes a registration of ours only once for a connection.
    """

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._connection: libvirt.virConnect | None = None
        self._opening = threading.Lock()
        self._ears: set[Callable[[Happening], None]] = set()

    def connection(self) -> libvirt.virConnect:
        """The connection, opened by the first who asks. Raises libvirt's error."""
        with self._opening:
            if self._connection is None:
                opened = libvirt.open(self._uri)
                list(events.listen(opened, self._tell))
                self._connection = opened
            return self._connection

    def hear(self, tell: Callable[[Happening], None]) -> Callable[[], None]:
        """Have `tell` called, until what is returned is called."""
        self._ears.add(tell)
        return lambda: self._ears.discard(tell)

    def _tell(self, happening: Happening) -> None:
        for tell in tuple(self._ears):
            tell(happening)


_worlds: dict[str, World] = {}
_making = threading.Lock()


def at(uri: str) -> World:
    """The world at a URI."""
    with _making:
        return _worlds.setdefault(uri, World(uri))


def why_not(host: str, ability: Ability) -> str:
    """Why a simulated host cannot do that."""
    return f"Host {host} is simulated and {_SENTENCES[ability]}."
