"""How much of a host a hardware profile allows, and whether that is enough for what is taken."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.services.hosts.usage import Usage
from ticrypt_tui.backend.store.tables.infrastructure import HardwareProfile, ProfileDevice
from ticrypt_tui.config.devices import Device
from ticrypt_tui.text import shown


@dataclass(frozen=True, slots=True)
class Capacity:
    """Cores, memory and devices that may be used."""

    cores: int
    memory_mib: int
    devices: tuple[Device, ...] = ()


async def devices_of(session: AsyncSession, profile_id: str) -> tuple[Device, ...]:
    """The device units of a profile, sorted by kind."""
    own = select(ProfileDevice).where(col(ProfileDevice.profile_id) == profile_id)
    return tuple(sorted(Device(each.kind, each.pci_address) for each in await session.exec(own)))


async def size_of(session: AsyncSession, profile: HardwareProfile) -> Capacity:
    """What a profile allows."""
    return Capacity(profile.cores, profile.memory_mib, await devices_of(session, profile.id))


def too_small(host: str, usage: Usage, wanted: Capacity) -> str:
    """What of a host is taken beyond a capacity, with the numbers, or ''."""
    there = {device.address for device in wanted.devices}
    missing = [
        f"{shown(holder.name)} has the device {address}"
        for address, holder in sorted(usage.held.items())
        if holder.known and address not in there
    ]
    short = [
        f"{usage.cores} cores are used, {wanted.cores} are too few"
        if usage.cores > wanted.cores else "",
        f"{usage.memory_mib} MiB are used, {wanted.memory_mib} are too few"
        if usage.memory_mib > wanted.memory_mib else "",
        *missing,
    ]  # fmt: skip
    reasons = [each for each in short if each]
    return f"on {shown(host)} {'; '.join(reasons)}" if reasons else ""
