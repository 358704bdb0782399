"""Hosts in thought, for tests of scheduling."""

from __future__ import annotations

from ticrypt_tui.backend.scheduling.model import Place
from ticrypt_tui.config.devices import Device

GIB = 1024


def gpus(count: int, kind: str = "A100") -> tuple[Device, ...]:
    return tuple(Device(kind, f"0000:{0x41 + each:02x}:00.0") for each in range(count))


def host(  # noqa: PLR0913
    name: str,
    cores_used: int = 0,
    gib_used: int = 0,
    *,
    cores: int = 64,
    gib: int = 512,
    vms: int = 0,
    devices: tuple[Device, ...] = (),
    held: int = 0,
    gates: tuple[str, ...] = (),
    cost: str = "spread",
) -> Place:
    """A host of 64 cores and 512 GiB; `held` of its devices, the first ones, are taken."""
    taken = frozenset(each.address for each in devices[:held])
    return Place(
        f"id-{name}", name, cores, gib * GIB, cores_used, gib_used * GIB, vms,
        devices, taken, gates, cost,
    )  # fmt: skip
