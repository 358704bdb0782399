"""What a host tells of its machine: processor, memory, versions, PCI devices."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

import libvirt
from lxml import etree

from ticrypt_tui.backend.drivers.base import DeviceSeen, HostFacts
from ticrypt_tui.backend.drivers.libvirt.events import where_supported

T = TypeVar("T")

_KIB_PER_MIB = 1024
_UNUSED = ("free", "buffers", "cached")


def facts(connection: libvirt.virConnect) -> HostFacts:
    """The machine and its hypervisor, in a handful of calls that answer at once."""
    architecture, megabytes, cores, mhz, cells, sockets, per_socket, threads = connection.getInfo()
    memory = _memory(connection)
    return HostFacts(
        hostname=_told(connection.getHostname, ""),
        hypervisor=connection.getType(),
        hypervisor_version=_version(_told(connection.getVersion, 0)),
        libvirt_version=_version(_told(connection.getLibVersion, 0)),
        cpu_model=_cpu_model(connection),
        architecture=architecture,
        cores=cores,
        sockets=cells * sockets,
        cores_per_socket=per_socket,
        threads_per_core=threads,
        numa_cells=cells,
        mhz=mhz,
        memory_mib=memory["total"] // _KIB_PER_MIB if "total" in memory else megabytes,
        free_mib=sum(memory.get(each, 0) for each in _UNUSED) // _KIB_PER_MIB if memory else None,
    )


def _told(ask: Callable[[], T], otherwise: T) -> T:
    """What the host answers, where its hypervisor offers the call."""
    try:
        return ask()
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_SUPPORT:
            raise
        return otherwise


def _version(number: int) -> str:
    """Libvirt packs a version into one number: a million for each major, a thousand for minor."""
    return f"{number // 1_000_000}.{number // 1000 % 1000}.{number % 1000}"


def _memory(connection: libvirt.virConnect) -> dict[str, int]:
    """The machine's memory in KiB, by kind; empty where it is not told."""
    ask = partial(connection.getMemoryStats, libvirt.VIR_NODE_MEMORY_STATS_ALL_CELLS)
    return _told(ask, {})


def _cpu_model(connection: libvirt.virConnect) -> str:
    """The processor as its maker calls it, else the model that libvirt takes it for."""
    with suppress(libvirt.libvirtError):  # a machine without SMBIOS
        named = _root(connection.getSysinfo()).findtext("processor/entry[@name='version']")
        if named and named.strip():
            return " ".join(named.split())
    cpu = _root(connection.getCapabilities()).find("host/cpu")
    words = ("vendor", "model")
    return "" if cpu is None else " ".join(filter(None, (cpu.findtext(each) for each in words)))


def devices(connection: libvirt.virConnect) -> tuple[DeviceSeen, ...]:
    """Every PCI device by its address."""
    found = []
    with where_supported():
        for device in connection.listAllDevices(libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_PCI_DEV):
            with suppress(libvirt.libvirtError):  # unplugged since it was listed
                found.append(_device(_root(device.XMLDesc(0))))
    return tuple(sorted(found, key=lambda device: device.address))


def _device(root: etree._Element) -> DeviceSeen:
    numbers = [root.findtext(f"capability/{part}") or "0" for part in ("domain", "bus", "slot")]
    domain, bus, slot = map(int, numbers)
    function = int(root.findtext("capability/function") or "0")
    return DeviceSeen(
        address=f"{domain:04x}:{bus:02x}:{slot:02x}.{function:x}",
        kind=root.findtext("capability/class") or "",
        vendor=_named(root, "vendor"),
        product=_named(root, "product"),
        driver=root.findtext("driver/name") or "",
    )


def _named(root: etree._Element, part: str) -> str:
    """A name from the host's list of PCI IDs, else the number."""
    found = root.find(f"capability/{part}")
    return "" if found is None else found.text or found.get("id") or ""


def _root(document: str) -> etree._Element:
    return etree.fromstring(document)


def capabilities(connection: libvirt.virConnect) -> str:
    return str(connection.getCapabilities())
