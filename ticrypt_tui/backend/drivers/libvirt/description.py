"""What a domain's XML says of it, as far as the console shows it."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from ticrypt_tui.backend.drivers.libvirt.documents import NAMESPACE
from ticrypt_tui.backend.errors import Failed

_KIB_PER_MIB = 1024

_ADDRESS = ("domain", "bus", "slot", "function")
_VM = f"{{{NAMESPACE}}}vm"
# Compiled once, and one for all: consoles start with thousands of documents.
_PARTS = etree.XPath(
    "title | vcpu | memory | metadata/ticrypt:vm | devices/interface | devices/graphics"
    " | devices/serial | devices/hostdev",
    namespaces={"ticrypt": NAMESPACE},
)


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
    devices: tuple[str, ...]


def described(document: str, uuid: str) -> Described:
    """The description in a domain's XML. Raises `Failed` for a document that is none.

    The VM's ID counts only in the domain that bears its UUID: a copied document is another VM's.
    """
    parts: defaultdict[object, list[etree._Element]] = defaultdict(list)
    for part in _PARTS(root_of(document)):
        parts[part.tag].append(part)
    vm_id = _text(parts[_VM])
    return Described(
        title=_text(parts["title"]),
        cores=_whole(_text(parts["vcpu"])),
        memory_mib=_whole(_text(parts["memory"])) // _KIB_PER_MIB,
        vm_id=sys.intern(vm_id) if vm_id.endswith(f"-{uuid}") else None,
        mac=_first(parts["interface"], "mac", "address"),
        networked=any(each.get("type") in ("network", "bridge") for each in parts["interface"]),
        has_screen=any(each.get("type") == "vnc" for each in parts["graphics"]),
        has_console=bool(parts["serial"]),
        serial_log=_first(parts["serial"], "log", "file"),
        devices=tuple(_held(parts["hostdev"])),
    )


def root_of(document: str) -> etree._Element:
    """The document's root; each thread has a parser of its own, which fetches nothing."""
    try:
        return etree.fromstring(document)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Failed(f"its XML cannot be read: {error}") from None


def _text(parts: list[etree._Element]) -> str:
    """What the first of them says; nothing where there is none."""
    return parts[0].text or "" if parts else ""


def _first(parts: Iterable[etree._Element], tag: str, attribute: str) -> str | None:
    """The attribute of the first child with that tag."""
    children = (child for part in parts for child in part if child.tag == tag)
    return next((child.get(attribute) for child in children), None)


def _held(devices: Iterable[etree._Element]) -> Iterator[str]:
    """The addresses of passed-through PCI devices, as `lspci -D` writes them."""
    for each in devices:
        address = each.find("source/address")
        if each.get("type") == "pci" and address is not None:
            domain, bus, slot, function = (int(address.get(part) or "0", 16) for part in _ADDRESS)
            yield f"{domain:04x}:{bus:02x}:{slot:02x}.{function:x}"


def _whole(text: str) -> int:
    """A number of the document; libvirt writes memory in KiB."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() else 0
