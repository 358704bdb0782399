"""The volumes of a host's storage pools."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import PurePosixPath

import libvirt
from lxml import etree
from lxml.builder import E

from ticrypt_tui.backend.drivers.libvirt.faults import said
from ticrypt_tui.backend.drivers.stored import VolumeSeen
from ticrypt_tui.backend.errors import NotFound, Refused
from ticrypt_tui.text import decoded, shown

_EVERY_EXT4_HAS = "lost+found"


def volumes(connection: libvirt.virConnect, pool: str) -> tuple[VolumeSeen, ...]:
    """The volumes of a pool by name, after the host has looked at its folder anew."""
    opened = connection.storagePoolLookupByName(pool)
    if not opened.isActive():
        raise Refused(f"Pool {shown(pool)} is not active: its volumes are not known.", "Start it.")
    refresh(opened)
    found = []
    for volume in opened.listAllVolumes():
        with suppress(libvirt.libvirtError):  # deleted since it was listed
            found.append(_volume(volume, pool))
    listed = (volume for volume in found if volume.name != _EVERY_EXT4_HAS)
    return tuple(sorted(listed, key=lambda volume: volume.name))


def names_in(pool: libvirt.virStoragePool) -> list[str]:
    """The names of an active pool's volumes."""
    refresh(pool)
    return sorted({_read(volume.name)[0] for volume in pool.listAllVolumes()} - {_EVERY_EXT4_HAS})


def refresh(pool: libvirt.virStoragePool) -> None:
    """Have the host look again; while it writes a volume of the pool, its last look stands."""
    try:
        pool.refresh()
    except libvirt.libvirtError as error:
        if "asynchronous jobs" not in said(error):
            raise


def _volume(volume: libvirt.virStorageVol, pool: str) -> VolumeSeen:
    name, escaped = _read(volume.name)
    root = _root(_read(volume.XMLDesc)[0])
    return VolumeSeen(
        pool=pool,
        name=name,
        path=_read(volume.path)[0],
        format=_format(root),
        capacity=_bytes(root, "capacity"),
        allocation=_bytes(root, "allocation"),
        backing=root.findtext("backingStore/path") or "",
        escaped=escaped,
    )


def _read(ask: Callable[[], str]) -> tuple[str, bool]:
    """What libvirt's binding reads, also where it finds no UTF-8: its error then has the bytes.

    The second is whether such bytes were escaped, by `\\xNN`, and backslashes by `\\x5c`.
    """
    try:
        return ask(), False
    except UnicodeDecodeError as error:
        return decoded(bytes(error.object).replace(b"\\", b"\\x5c")), True


def _root(document: str) -> etree._Element:
    """The document, whatever is in it: a file's name may have what XML has no place for."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    root = etree.fromstring(document, parser)
    return E.volume() if root is None else root


def _format(root: etree._Element) -> str:
    """Volumes that are no files have no format: they are block devices, and raw."""
    found = root.find("target/format")
    return "raw" if found is None else found.get("type") or "raw"


def _bytes(root: etree._Element, name: str) -> int:
    """A size; libvirt writes them all in bytes."""
    text = root.findtext(name) or ""
    return int(text) if text.isascii() and text.isdigit() else 0


def volume_document(connection: libvirt.virConnect, pool: str, name: str) -> str:
    """A volume's XML, also of one whose name has to be escaped."""
    opened = connection.storagePoolLookupByName(pool)
    for volume in opened.listAllVolumes():
        if _read(volume.name)[0] == name:
            return _read(volume.XMLDesc)[0]
    raise NotFound(f"Pool {shown(pool)} has no volume {shown(name)}.")


def create_overlay(connection: libvirt.virConnect, pool: str, name: str, backing: str) -> str:
    """Make a qcow2 volume that holds only what differs from the volume at `backing`; its path."""
    below = volume_at(connection, backing)
    document = overlay_document(name, below.info()[1], backing, _format(_root(below.XMLDesc())))
    return str(connection.storagePoolLookupByName(pool).createXML(document, 0).path())


def overlay_document(name: str, size: int, backing: str, backing_format: str) -> str:
    """The XML of a qcow2 volume of so many bytes on top of another."""
    root = E.volume(
        E.name(name),
        E.capacity(str(size), unit="bytes"),
        E.target(E.format(type="qcow2")),
        E.backingStore(E.path(backing), E.format(type=backing_format)),
        type="file",
    )
    return etree.tostring(root, encoding="unicode")


def capacity(connection: libvirt.virConnect, path: str) -> int:
    """How many bytes a volume has room for; of an encrypted one, without its header."""
    return int(volume_at(connection, path).info()[1])


def delete_volume(connection: libvirt.virConnect, path: str) -> None:
    """Delete the volume at a path; one that is gone already is no fault."""
    try:
        volume_at(connection, path).delete()
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_STORAGE_VOL:
            raise


def volume_at(connection: libvirt.virConnect, path: str) -> libvirt.virStorageVol:
    """The volume at a path, looked for again where the host has not seen it yet."""
    try:
        return connection.storageVolLookupByPath(path)
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_STORAGE_VOL:
            raise
    for pool in connection.listAllStoragePools(libvirt.VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE):
        target = _root(pool.XMLDesc()).findtext("target/path") or ""
        if PurePosixPath(target) == PurePosixPath(path).parent:
            refresh(pool)
    return connection.storageVolLookupByPath(path)
