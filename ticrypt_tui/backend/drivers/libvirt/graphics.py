"""The way to a domain's VNC server."""

from __future__ import annotations

import socket

import libvirt

from ticrypt_tui.backend.drivers.libvirt.description import described
from ticrypt_tui.backend.errors import Refused


def open_graphics(connection: libvirt.virConnect, uuid: str) -> socket.socket:
    """A socket to the VNC server of a domain, handed over by libvirt without port or password.

    Raises `Refused` for a VM without a screen.
    """
    domain = connection.lookupByUUIDString(uuid)
    if not described(domain.XMLDesc(0), uuid).has_screen:
        raise Refused(
            "This VM has no screen.", "Only VMs of a setup with a debug console have one."
        )
    descriptor = domain.openGraphicsFD(0, libvirt.VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH)
    screen = socket.socket(fileno=descriptor)
    screen.setblocking(False)
    return screen
