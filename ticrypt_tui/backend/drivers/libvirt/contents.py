"""The first bytes of a volume, carried by libvirt from and to wherever it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import libvirt
from lxml import etree

from ticrypt_tui.backend.drivers.libvirt.volumes import volume_at
from ticrypt_tui.backend.errors import Failed, Refused
from ticrypt_tui.text import shown

_PIECE = 64 * 1024


def read(connection: libvirt.virConnect, path: str, length: int) -> bytes:
    """The first `length` bytes, or as many as there are."""
    volume, found = volume_at(connection, path), bytearray()
    with _stream(connection) as stream:
        volume.download(stream, 0, length, 0)
        while piece := stream.recv(_PIECE):
            found += piece
    return bytes(found[:length])


def write(connection: libvirt.virConnect, path: str, data: bytes) -> None:
    """Write the first bytes. Raises `Refused` where a VM of this host has the volume open."""
    volume = volume_at(connection, path)
    refuse_open(connection, path)
    with _stream(connection) as stream:
        volume.upload(stream, 0, len(data), 0)
        view = memoryview(data)
        while view:
            sent = stream.send(bytes(view[:_PIECE]))
            if sent <= 0:
                raise Failed(f"The volume {shown(path)} was not written in full.", "Try again.")
            view = view[sent:]


def refuse_open(connection: libvirt.virConnect, path: str) -> None:
    """Raise `Refused` where a VM of this host has the volume open, naming the VM."""
    for domain in connection.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE):
        with suppress(libvirt.libvirtError):  # ended since it was listed
            if path in disks(domain.XMLDesc()):
                said = f"The volume {shown(path)} is open in the VM {shown(domain.name())}."
                raise Refused(said, "End that one first.")


def disks(document: str) -> set[str]:
    """The paths of a domain's disks."""
    root = etree.fromstring(document)
    return {
        str(path) for path in root.xpath("devices/disk/source/@*[name()='file' or name()='dev']")
    }


@contextmanager
def _stream(connection: libvirt.virConnect) -> Iterator[libvirt.virStream]:
    """A stream that carried all where nothing was raised, and is given up elsewhere."""
    stream = connection.newStream(0)
    with ExitStack() as leaving:
        leaving.callback(_abort, stream)
        yield stream
        stream.finish()
        leaving.pop_all()


def _abort(stream: libvirt.virStream) -> None:
    with suppress(libvirt.libvirtError):
        stream.abort()
