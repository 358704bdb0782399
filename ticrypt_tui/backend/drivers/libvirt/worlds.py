"""Simulated hosts: one world for each URI, shared by all of this process until it ends.

Libvirt's `test` driver plays a world of its own for each connection, which ends with it.
"""

from __future__ import annotations

import threading

import libvirt

from ticrypt_tui.backend.drivers.base import Ability

_SENTENCES = {
    Ability.SCREEN: "its VMs have no screens",
    Ability.CONSOLE: "its VMs have no consoles",
    Ability.LOGS: "keeps no logs",
    Ability.FILTERS: "filters no network",
    Ability.DRIVES: "has no drives",
}
_worlds: dict[str, libvirt.virConnect] = {}
_making = threading.Lock()


def opened(uri: str) -> libvirt.virConnect:
    """The world at a URI, made by the first who asks. Raises libvirt's error."""
    with _making:
        if uri not in _worlds:
            _worlds[uri] = libvirt.open(uri)
        return _worlds[uri]


def why_not(host: str, ability: Ability) -> str:
    """Why a simulated host cannot do that."""
    return f"Host {host} is simulated and {_SENTENCES[ability]}."
