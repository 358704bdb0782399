"""Devices as people write them: those of a host by kind and PCI address, those that a VM asks for
by kind and number."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

EXAMPLE = "A100@0000:41:00.0"
COUNT_EXAMPLE = "A100:2"
LONGEST_KIND = 60
MOST = 999
_ADDRESS = re.compile(r"(?:([0-9a-f]{4}):)?([0-9a-f]{2}):([01][0-9a-f])\.([0-7])", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Device:
    """A device unit of a host; `kind` is what setups ask for, such as `A100`."""

    kind: str
    address: str

    def __str__(self) -> str:
        return f"{self.kind}@{self.address}"


@dataclass(frozen=True, slots=True, order=True)
class DeviceCount:
    """How many devices of a kind are asked for, whichever they are."""

    kind: str
    count: int

    def __str__(self) -> str:
        return f"{self.kind}:{self.count}"


def pci_address(text: str) -> str:
    """A PCI address as the kernel writes it; raises `ValueError`. `41:00.0` is of domain 0000."""
    found = _ADDRESS.fullmatch(text.strip())
    if found is None:
        raise ValueError("a PCI address such as 0000:41:00.0")
    domain, bus, slot, function = found.groups()
    return f"{domain or '0000'}:{bus}:{slot}.{function}".lower()


def device_kind(text: str) -> str:
    """A kind of device; raises `ValueError`."""
    kind = text.strip()
    if not kind or not kind.isprintable() or set(kind) & set("@,") or len(kind) > LONGEST_KIND:
        raise ValueError(f"a kind such as A100: 1 to {LONGEST_KIND} characters, no @ and no comma")
    return kind


def device(text: str) -> Device:
    """A device written as `A100@0000:41:00.0`; raises `ValueError`."""
    kind, at, address = text.partition("@")
    if not at:
        raise ValueError(f"a device such as {EXAMPLE}")
    return Device(device_kind(kind), pci_address(address))


def devices(texts: Iterable[str]) -> tuple[Device, ...]:
    """Devices sorted by kind; raises `ValueError` also for a PCI address that is there twice."""
    found = tuple(sorted(map(device, texts)))
    addresses = [each.address for each in found]
    if twice := sorted({each for each in addresses if addresses.count(each) > 1}):
        raise ValueError(f"each PCI address once; {twice[0]} is there twice")
    return found


def device_count(text: str) -> DeviceCount:
    """What is asked for, written as `A100:2`, or `A100` for one; raises `ValueError`."""
    kind, colon, number = text.strip().rpartition(":")
    kind, number = (kind, number.strip()) if colon else (number, "1")
    if not (number.isascii() and number.isdigit()) or not 1 <= int(number[:9]) <= MOST:
        raise ValueError(f"a kind and how many, 1 to {MOST}, such as {COUNT_EXAMPLE}")
    return DeviceCount(device_kind(kind), int(number[:9]))


def device_counts(texts: Iterable[str]) -> tuple[DeviceCount, ...]:
    """What is asked for, sorted by kind; raises `ValueError` also for a kind that is there
    twice."""
    found = tuple(sorted(map(device_count, texts)))
    kinds = [each.kind for each in found]
    if twice := sorted({each for each in kinds if kinds.count(each) > 1}):
        raise ValueError(f"each kind once; {twice[0]} is there twice")
    return found
