"""The storage pools of a host."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import libvirt
from lxml import etree

from ticrypt_tui.backend.drivers.libvirt import faults
from ticrypt_tui.backend.drivers.libvirt.pool_documents import PoolWanted, source_of
from ticrypt_tui.backend.drivers.libvirt.volumes import names_in
from ticrypt_tui.backend.drivers.stored import PoolSeen, PoolState
from ticrypt_tui.backend.errors import HostUnreachable, Refused
from ticrypt_tui.text import shown

_STATES = {
    libvirt.VIR_STORAGE_POOL_INACTIVE: PoolState.INACTIVE,
    libvirt.VIR_STORAGE_POOL_BUILDING: PoolState.BUILDING,
    libvirt.VIR_STORAGE_POOL_RUNNING: PoolState.RUNNING,
    libvirt.VIR_STORAGE_POOL_DEGRADED: PoolState.DEGRADED,
    libvirt.VIR_STORAGE_POOL_INACCESSIBLE: PoolState.INACCESSIBLE,
}
_NAMED = 5  # of the volumes that stand in the way of a deletion


def pools(connection: libvirt.virConnect) -> tuple[PoolSeen, ...]:
    """Every pool by name, active or not."""
    found = []
    for pool in connection.listAllStoragePools():
        with suppress(libvirt.libvirtError):  # undefined since it was listed
            found.append(_pool(pool))
    return tuple(sorted(found, key=lambda pool: pool.name))


def _pool(pool: libvirt.virStoragePool) -> PoolSeen:
    root = etree.fromstring(pool.XMLDesc())
    number, capacity, allocation, available = pool.info()
    state = _STATES.get(number, PoolState.INACTIVE)
    return PoolSeen(
        name=pool.name(),
        uuid=pool.UUIDString(),
        type=root.get("type") or "",
        target=root.findtext("target/path") or "",
        active=state in (PoolState.RUNNING, PoolState.DEGRADED),
        capacity=capacity,
        allocation=allocation,
        available=available,
        state=state,
        autostart=bool(pool.autostart()),
        source=source_of(root),
    )


def create_pool(
    connection: libvirt.virConnect, host: str, wanted: PoolWanted, document: str, make: bool
) -> None:
    """Define and start a pool, and have it started with the host; keeps one that is there.

    Raises `Refused` where that cannot be; then nothing is left behind.
    """
    if there := _found(connection, wanted.name):
        _refuse_another(_pool(there), wanted)
        if not there.isActive():
            there.create()
        there.setAutostart(1)
        return
    with _refused(host, wanted):
        defined = connection.storagePoolDefineXML(document, 0)
        with _undefined_on_failure(defined):
            if make:
                _build(defined, wanted)
            defined.create()
            defined.setAutostart(1)


def _found(connection: libvirt.virConnect, name: str) -> libvirt.virStoragePool | None:
    for pool in connection.listAllStoragePools():
        if pool.name() == name:
            return pool
    return None


def _refuse_another(there: PoolSeen, wanted: PoolWanted) -> None:
    same = there.type == wanted.type and wanted.same_place(there.target, there.source)
    if not same:
        place = f"{there.target} from {there.source}" if there.source else there.target
        said = f"There is a pool {shown(wanted.name)} already, at {shown(place)}"
        raise Refused(f"{said}, of type {there.type}.", "Choose another name.")


def _build(pool: libvirt.virStoragePool, wanted: PoolWanted) -> None:
    """Make the folder, or the volume group: never over what a device already has."""
    if wanted.type != "logical":
        pool.build()
    elif wanted.source:
        pool.build(libvirt.VIR_STORAGE_POOL_BUILD_NO_OVERWRITE)


@contextmanager
def _undefined_on_failure(pool: libvirt.virStoragePool) -> Iterator[None]:
    try:
        yield
    except libvirt.libvirtError:
        with suppress(libvirt.libvirtError):
            pool.destroy()
        with suppress(libvirt.libvirtError):
            pool.undefine()
        raise


@contextmanager
def _refused(host: str, wanted: PoolWanted) -> Iterator[None]:
    """What libvirt says against a new pool, as a refusal: it left nothing."""
    try:
        yield
    except libvirt.libvirtError as error:
        fault = faults.of_call(error, host)
        if isinstance(fault, HostUnreachable):
            raise fault from None
        if re.search(rf"{re.escape(wanted.target)}'?: No such file", faults.said(error)):
            remedy = "Make it there first, or have it made with the pool."
            raise Refused(f"Host {host} has no {shown(wanted.target)}.", remedy) from None
        raise Refused(f"Pool {shown(wanted.name)} was not made. {fault.sentence}") from None


def edit_pool(
    connection: libvirt.virConnect, pool: str, autostart: bool | None, active: bool | None
) -> None:
    """Set what is given; a pool that is as wanted already is left alone."""
    opened = connection.storagePoolLookupByName(pool)
    if autostart is not None:
        opened.setAutostart(int(autostart))
    if active is True and not opened.isActive():
        opened.create()
    if active is False and opened.isActive():
        opened.destroy()


def delete_pool(connection: libvirt.virConnect, pool: str) -> None:
    """Stop and undefine a pool that has no volumes. Raises `Refused` for one that has."""
    opened = connection.storagePoolLookupByName(pool)
    was_active, kept = bool(opened.isActive()), bool(opened.isPersistent())
    if not was_active:
        with suppress(libvirt.libvirtError):  # it cannot be looked into, and nothing in it is lost
            opened.create()
    names = names_in(opened) if opened.isActive() else []
    if opened.isActive() and not (was_active and names):
        opened.destroy()
    if names:
        raise _full(pool, names)
    if kept:
        opened.undefine()


def _full(pool: str, names: list[str]) -> Refused:
    more = len(names) - _NAMED
    listed = ", ".join(map(shown, names[:_NAMED])) + (f" and {more} more" if more > 0 else "")
    said = f"Pool {shown(pool)} is not empty: it has {listed}."
    return Refused(said, "Delete or move its volumes first.")


def pool_document(connection: libvirt.virConnect, pool: str) -> str:
    return str(connection.storagePoolLookupByName(pool).XMLDesc())
