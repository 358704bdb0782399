"""The libvirt driver: hosts that are reached by libvirt's own remote transports."""

from __future__ import annotations

from ticrypt_tui.backend.drivers.base import HostAddress, Listener
from ticrypt_tui.backend.drivers.libvirt.host import LibvirtHost
from ticrypt_tui.backend.drivers.libvirt.uri import parsed


class LibvirtDriver:
    """QEMU hosts, and libvirt's own play host (`test:///default`)."""

    name = "libvirt"

    def host(self, address: HostAddress, listener: Listener) -> LibvirtHost:
        """A host that is not connected yet. Raises `WrongUse` for a URI that cannot lead to one."""
        return LibvirtHost(address, parsed(address.uri, address.name), listener)


def driver() -> LibvirtDriver:
    return LibvirtDriver()
