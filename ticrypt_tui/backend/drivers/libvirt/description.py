"""What a domain's XML says of it, as far as the console shows it."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from ticrypt_tui.backend.drivers.libvirt.documents import NAMESPACE
from ticrypt_tui.backend.errors import Failed

_KIB_PER_MIB = 1024


@dataclass(frozen=True, slots=True)
class Described:
    """A domain's own part of `DomainSeen`, and what else the driver needs of it.

    `networked` says whether a host could know its address; `serial_log` is where libvirt writes
    what the guest prints on its serial console.
    """

    title: str
    cores: int
    memory_mib: int
    vm_id: str | None
    mac: str | None
    networked: bool
    has_screen: bool
    has_console: bool
    serial_log: str | None


def described(document: str, uuid: str) -> Described:
    """The description in a domain's XML. Raises `Failed` for a document that is none.

    The VM's ID counts only in the domain that bears its UUID: a copied document is another VM's.
    """
    root = _root(document)
    vm_id = root.findtext(f"metadata/{{{NAMESPACE}}}vm") or ""
    return Described(
        title=root.findtext("title") or "",
        cores=_whole(root.findtext("vcpu")),
        memory_mib=_whole(root.findtext("memory")) // _KIB_PER_MIB,
        vm_id=vm_id if vm_id.endswith(f"-{uuid}") else None,
        mac=_attribute(root, "devices/interface/mac", "address"),
        networked=any(
            interface.get("type") in ("network", "bridge")
            for interface in root.iterfind("devices/interface")
        ),
        has_screen=root.find("devices/graphics[@type='vnc']") is not None,
        has_console=root.find("devices/serial") is not None,
        serial_log=_attribute(root, "devices/serial/log", "file"),
    )


def _root(document: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        return etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Failed(f"its XML cannot be read: {error}") from None


def _attribute(root: etree._Element, path: str, name: str) -> str | None:
    found = root.find(path)
    return None if found is None else found.get(name)


def _whole(text: str | None) -> int:
    """A number of the document; libvirt writes memory in KiB."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() else 0
