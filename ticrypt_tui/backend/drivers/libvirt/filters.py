"""A host's network filters, and which VMs refer to them (https://libvirt.org/formatnwfilter.html)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import libvirt
from lxml import etree

from ticrypt_tui.backend.drivers.filtering import PortSeen
from ticrypt_tui.backend.drivers.libvirt.description import described

_BRIDGED = Path("/proc/sys/net/bridge/bridge-nf-call-iptables")
_PASSED_BY = (
    "net.bridge.bridge-nf-call-iptables is 0: the kernel does not show its filters what crosses a "
    "bridge, so that nothing holds VMs back."
)


def filter_document(connection: libvirt.virConnect, name: str) -> str:
    """A filter's XML, or '' where there is none of that name."""
    try:
        return str(connection.nwfilterLookupByName(name).XMLDesc())
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_NWFILTER:
            return ""
        raise


def define_filter(connection: libvirt.virConnect, document: str) -> None:
    """Define a filter, for running VMs too; one of that name is replaced where the UUID is its."""
    connection.nwfilterDefineXML(document)


def ports(connection: libvirt.virConnect) -> tuple[PortSeen, ...]:
    """The network interfaces of the active domains; a domain that ends meanwhile has none."""
    found: list[PortSeen] = []
    for domain in connection.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE):
        with suppress(libvirt.libvirtError):
            found += ports_in(str(domain.XMLDesc()), domain.name(), domain.UUIDString())
    return tuple(found)


def ports_in(document: str, name: str, uuid: str) -> Iterator[PortSeen]:
    """The network interfaces that a domain's XML tells of."""
    known = described(document, uuid)
    for each in etree.fromstring(document).iterfind("devices/interface"):
        referred = each.find("filterref")
        yield PortSeen(
            uuid=uuid,
            name=name,
            title=known.title,
            vm_id=known.vm_id,
            kind=each.get("type", ""),
            network_filter="" if referred is None else referred.get("filter", ""),
        )


def passed_by() -> str:
    """Why this machine's kernel passes filters by, or '', also where bridges are not in use yet."""
    with suppress(OSError):
        if _BRIDGED.read_text(encoding="ascii").strip() == "0":
            return _PASSED_BY
    return ""
