"""Which types of storage pool can be made on a host, and why the others cannot."""

from __future__ import annotations

import re
import shutil

import libvirt
from lxml import etree

from ticrypt_tui.backend.drivers.libvirt import kernel
from ticrypt_tui.backend.drivers.libvirt.faults import said
from ticrypt_tui.backend.drivers.libvirt.uri import HostUri
from ticrypt_tui.backend.drivers.stored import PoolType
from ticrypt_tui.backend.errors import Refused

# What the console can make, and what it asks for beside the target.
SOURCES = {
    "dir": "",
    "fs": "the device that the file system is on, such as /dev/sdb1",
    "netfs": "the NFS server and its folder, such as server:/export",
    "logical": "the devices of a new volume group; none for a group that is there",
}
_NO_NEW_VOLUMES = ("iscsi", "iscsi-direct", "scsi", "mpath")
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def pool_types(connection: libvirt.virConnect, uri: HostUri, host: str) -> tuple[PoolType, ...]:
    """Every type that libvirt names or the console knows, those that can be made first."""
    supported = _supported(connection)
    names = [*SOURCES, *(name for name in supported if name not in SOURCES)]
    types = [
        PoolType(name, not why, why, SOURCES.get(name, ""))
        for name in names
        for why in [_why_not(connection, uri, host, name, supported)]
    ]
    return tuple(sorted(types, key=lambda each: not each.available))


def refuse_unavailable(connection: libvirt.virConnect, uri: HostUri, host: str, name: str) -> None:
    """Raise `Refused` for a type that cannot be made there, with the reason."""
    if why := _why_not(connection, uri, host, name, _supported(connection)):
        raise Refused(f"A pool of type {name} cannot be created. {why}")


def _supported(connection: libvirt.virConnect) -> dict[str, bool]:
    """Whether libvirt was built with each type; empty where it is too old to tell."""
    try:
        document = connection.getStoragePoolCapabilities()
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_SUPPORT:
            return {}
        raise
    pools = etree.fromstring(document).iterfind("pool")
    return {pool.get("type") or "": pool.get("supported") == "yes" for pool in pools}


def _why_not(
    connection: libvirt.virConnect,
    uri: HostUri,
    host: str,
    name: str,
    supported: dict[str, bool],
) -> str:
    if uri.simulated:
        return f"Host {host} is simulated and has no files."
    if not supported.get(name, not supported):
        return f"Libvirt on host {host} is built without it."
    if name in _NO_NEW_VOLUMES:
        return "No volume can be created in such a pool, and so no drive."
    if name not in SOURCES:
        return "The console does not make this type; one that is defined by virsh is shown."
    return _missing_tool(connection, uri, host, name)


def _missing_tool(connection: libvirt.virConnect, uri: HostUri, host: str, name: str) -> str:
    """What libvirt needs beside itself, tools or kernel, as far as it can be found out."""
    if name == "logical" and (fault := _lvm_fault(connection)):
        return f"Host {host} has no working LVM: {fault}."
    if not uri.local:
        return ""
    if name == "netfs" and not shutil.which("mount.nfs", path=_SYSTEM_PATH):
        return f"Host {host} has no mount.nfs: install its package of NFS tools."
    if name == "netfs" and not kernel.mounts_nfs():
        return f"The kernel of host {host} knows no NFS."
    if name == "logical" and not kernel.maps_devices():
        return f"The kernel of host {host} has no device mapper: it can make no logical volume."
    return ""


def _lvm_fault(connection: libvirt.virConnect) -> str:
    """Why the host cannot list its volume groups: libvirt runs LVM's own tool for it."""
    try:
        connection.findStoragePoolSources("logical", None, 0)
    except libvirt.libvirtError as error:
        words = said(error)
        missing = re.search(r"cannot execute binary (\S+): (.*)", words)
        return f"{missing[1]}: {missing[2]}" if missing else words
    return ""
