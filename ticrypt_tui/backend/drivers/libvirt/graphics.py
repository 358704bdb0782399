"""Where a domain's VNC server listens, and the ways to it."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass

import libvirt
from lxml import etree

from ticrypt_tui.backend.drivers.libvirt.description import root_of
from ticrypt_tui.backend.errors import Refused

_ANY = ("0.0.0.0", "::", "")

_NONE = "This VM has no screen."
_WHICH = "Only VMs of a setup with a debug console have one."


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a VNC server listens: on a unix socket's `path`, or on a port of an address."""

    path: str = ""
    address: str = ""
    port: int = 0

    @property
    def loopback(self) -> bool:
        """Whether it listens for its own machine alone."""
        return bool(self.path) or is_loopback(self.address)

    @property
    def near(self) -> tuple[str, int]:
        """The address and port for who is on the same machine."""
        if self.address in _ANY:
            return ("::1" if self.address == "::" else "127.0.0.1"), self.port
        return self.address, self.port


def open_here(connection: libvirt.virConnect, uuid: str) -> socket.socket:
    """A socket to the VNC server of a domain, handed over by libvirt without port or password.

    Raises `Refused` for a VM without a screen.
    """
    domain = connection.lookupByUUIDString(uuid)
    at = _servers(domain.XMLDesc(0))
    if not at:
        raise Refused(_NONE, _WHICH)
    descriptor = domain.openGraphicsFD(0, libvirt.VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH)
    screen = socket.socket(fileno=descriptor)
    screen.setblocking(False)
    return screen


def listening(connection: libvirt.virConnect, uuid: str) -> Listening:
    """Where a domain's VNC server listens.

    Raises `Refused` for a VM without a screen, or with one that is not to be reached.
    """
    servers = _servers(connection.lookupByUUIDString(uuid).XMLDesc(0))
    if not servers:
        raise Refused(_NONE, _WHICH)
    return listening_of(servers[0])


def password(connection: libvirt.virConnect, uuid: str) -> bytes | None:
    """The password of a domain's VNC server, if it has one: to be asked for only when needed."""
    document = connection.lookupByUUIDString(uuid).XMLDesc(libvirt.VIR_DOMAIN_XML_SECURE)
    return next((each.get("passwd", "").encode() or None for each in _servers(document)), None)


def listening_of(server: etree._Element) -> Listening:
    """What a `<graphics>` of a running domain says; raises `Refused` where it cannot be reached."""
    for listen in (*server.iterfind("listen"), server):
        if path := listen.get("socket"):
            return Listening(path=path)
        address = listen.get("address") or server.get("listen") or ""
        port = server.get("port") or ""
        if port.isascii() and port.isdigit() and 0 < int(port) < 1 << 16:
            return Listening(address=address, port=int(port))
    raise Refused(
        "This VM's screen listens nowhere: only its own host can open it.",
        "Open it in a console on that host.",
    )


def is_loopback(address: str) -> bool:
    """Whether an address, or a machine's name, is this machine's own."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def _servers(document: str) -> list[etree._Element]:
    return root_of(document).xpath("devices/graphics[@type='vnc']")  # type: ignore[no-any-return]
