"""The storage pools and volumes of a host."""

from __future__ import annotations

from contextlib import suppress
from pathlib import PurePosixPath

import libvirt
from lxml import etree
from lxml.builder import E

from ticrypt_tui.backend.drivers.base import PoolSeen, VolumeSeen
from ticrypt_tui.backend.errors import Refused


def pools(connection: libvirt.virConnect) -> tuple[PoolSeen, ...]:
    """Every pool by name, active or not."""
    found = []
    for pool in connection.listAllStoragePools():
        with suppress(libvirt.libvirtError):  # undefined since it was listed
            found.append(_pool(pool))
    return tuple(sorted(found, key=lambda pool: pool.name))


def _pool(pool: libvirt.virStoragePool) -> PoolSeen:
    root = etree.fromstring(pool.XMLDesc())
    state, capacity, allocation, available = pool.info()
    return PoolSeen(
        name=pool.name(),
        uuid=pool.UUIDString(),
        type=root.get("type") or "",
        target=root.findtext("target/path") or "",
        active=state in (libvirt.VIR_STORAGE_POOL_RUNNING, libvirt.VIR_STORAGE_POOL_DEGRADED),
        capacity=capacity,
        allocation=allocation,
        available=available,
    )


def create_pool(connection: libvirt.virConnect, name: str, kind: str, target: str) -> None:
    """Make and start a directory pool, and have it started with the host; keeps what is there.

    Raises `Refused` for another kind, or where a pool of that name has another target.
    """
    if kind != "dir":
        raise Refused(f"A pool of type {kind} cannot be created.", "Directory pools (dir) can.")
    pool = _found(connection, name) or connection.storagePoolDefineXML(_document(name, target), 0)
    there = _pool(pool).target
    if PurePosixPath(there) != PurePosixPath(target):
        raise Refused(f"There is a pool {name} already, at {there}.", "Choose another name.")
    if not pool.isActive():
        with suppress(libvirt.libvirtError):  # a folder that is there already
            pool.build()
        pool.create()
    pool.setAutostart(1)


def _found(connection: libvirt.virConnect, name: str) -> libvirt.virStoragePool | None:
    for pool in connection.listAllStoragePools():
        if pool.name() == name:
            return pool
    return None


def _document(name: str, target: str) -> str:
    return etree.tostring(
        E.pool(E.name(name), E.target(E.path(target)), type="dir"), encoding="unicode"
    )


def volumes(connection: libvirt.virConnect, pool: str) -> tuple[VolumeSeen, ...]:
    """The volumes of a pool by name, after the host has looked at its folder anew."""
    opened = connection.storagePoolLookupByName(pool)
    opened.refresh()
    found = []
    for volume in opened.listAllVolumes():
        with suppress(libvirt.libvirtError):  # deleted since it was listed
            found.append(_volume(volume, pool))
    return tuple(sorted(found, key=lambda volume: volume.name))


def _volume(volume: libvirt.virStorageVol, pool: str) -> VolumeSeen:
    _, capacity, allocation = volume.info()
    return VolumeSeen(
        pool=pool,
        name=volume.name(),
        path=volume.path(),
        format=_format(volume),
        capacity=capacity,
        allocation=allocation,
    )


def _format(volume: libvirt.virStorageVol) -> str:
    found = etree.fromstring(volume.XMLDesc()).find("target/format")
    return "raw" if found is None else found.get("type") or "raw"


def create_overlay(connection: libvirt.virConnect, pool: str, name: str, backing: str) -> str:
    """Make a qcow2 volume that holds only what differs from the volume at `backing`; its path."""
    below = _volume_at(connection, backing)
    document = E.volume(
        E.name(name),
        E.capacity(str(below.info()[1]), unit="bytes"),
        E.target(E.format(type="qcow2")),
        E.backingStore(E.path(backing), E.format(type=_format(below))),
        type="file",
    )
    made = connection.storagePoolLookupByName(pool).createXML(
        etree.tostring(document, encoding="unicode"), 0
    )
    return str(made.path())


def delete_volume(connection: libvirt.virConnect, path: str) -> None:
    """Delete the volume at a path; one that is gone already is no fault."""
    try:
        _volume_at(connection, path).delete()
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_STORAGE_VOL:
            raise


def _volume_at(connection: libvirt.virConnect, path: str) -> libvirt.virStorageVol:
    """The volume at a path, looked for again where the host has not seen it yet."""
    try:
        return connection.storageVolLookupByPath(path)
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_STORAGE_VOL:
            raise
    for pool in connection.listAllStoragePools(libvirt.VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE):
        if PurePosixPath(_pool(pool).target) == PurePosixPath(path).parent:
            pool.refresh()
    return connection.storageVolLookupByPath(path)
