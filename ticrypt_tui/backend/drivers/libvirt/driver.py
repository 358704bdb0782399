"""The libvirt driver: hosts that are reached by libvirt's own remote transports."""

from __future__ import annotations

import asyncio

from ticrypt_tui.backend.drivers.base import HostAddress, Listener
from ticrypt_tui.backend.drivers.libvirt.host import LibvirtHost
from ticrypt_tui.backend.drivers.libvirt.uri import parsed


class LibvirtDriver:
    """QEMU hosts, and libvirt's own play host (`test:///default`)."""

    name = "libvirt"

    def __init__(self) -> None:
        # Simulated hosts compute in this process and never wait: side by side they only get in
        # each other's way.
        self._turns = asyncio.Lock()

    def host(self, address: HostAddress, listener: Listener) -> LibvirtHost:
        """A host that is not connected yet. Raises `WrongUse` for a URI that cannot lead to one."""
        uri = parsed(address.uri, address.name)
        return LibvirtHost(address, uri, listener, self._turns if uri.played_here else None)


def driver() -> LibvirtDriver:
    return LibvirtDriver()
