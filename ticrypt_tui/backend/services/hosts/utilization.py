"""How much of a host is taken, by whom, and what libvirt itself says of it (domain.md 2.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ticrypt_tui.backend.drivers import base as hypervisor
from ticrypt_tui.backend.drivers.base import HostFacts, HostSeen
from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.hosts.capacity import Capacity, size_of
from ticrypt_tui.backend.services.hosts.hosts import HostRow
from ticrypt_tui.backend.services.hosts.usage import NOTHING, Holder, Usage, read_usage
from ticrypt_tui.backend.services.wording import so_many
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.infrastructure import HardwareProfile
from ticrypt_tui.config.devices import Device
from ticrypt_tui.text import shown


@dataclass(frozen=True, slots=True)
class Measure:
    """One resource: of `total` that the profile allows, `used` by VMs that are up and `reserved`
    by VMs on their way up; `said` is what libvirt reports beside it, '' for nothing."""

    name: str
    unit: str
    used: int
    reserved: int
    total: int
    said: str = ""


@dataclass(frozen=True, slots=True)
class DeviceUnit:
    """A device of the profile, and the VM that has it, if one does; `fault` where it is amiss."""

    kind: str
    address: str
    holder: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Utilization:
    """How a host stood at one moment; a notice is what a reader must know of the figures."""

    host: str
    state: str
    reach: str
    profile: str
    taken: datetime
    measures: tuple[Measure, ...]
    devices: tuple[DeviceUnit, ...]
    holders: tuple[Holder, ...]
    notices: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """All of it as plain lines."""
        return "\n".join([*self._head(), *map(_measured, self.measures), *self._held()])

    def _head(self) -> list[str]:
        profile = f"profile {self.profile}" if self.profile else "no profile"
        return [f"{self.host}: {self.state}, {self.reach}, {profile}", *self.notices]

    def _held(self) -> list[str]:
        units = [
            f"{each.kind} {each.address}: {each.fault or each.holder or 'free'}"
            for each in self.devices
        ]
        vms = [
            f"{each.name}: {each.cores} cores, {each.memory_mib} MiB {' '.join(each.devices)}"
            for each in self.holders
        ]
        return [*units, *(line.rstrip() for line in vms)]


@operation(
    "host.utilization",
    Argument("host", "object", says="a host's ID or name"),
    on="host",
    says="Show how much of a host is used, by which VMs, and what libvirt says of it.",
    changes=False,
)
async def utilization(call: Call, host: HostRow) -> Utilization:
    """How much of a host is taken; of one that does not answer, what the store alone knows."""
    seen = call.enclave.sightings().get(host.id)
    async with call.enclave.database.read() as session:
        usage = (await read_usage(session, call.enclave.sightings())).get(host.id, NOTHING)
        profile = await session.get(HardwareProfile, host.profile_id or "")
        whole = await size_of(session, profile) if profile else Capacity(0, 0)
    facts, addresses, fault = await _asked(call, host)
    return Utilization(
        host=host.name,
        state=host.state,
        reach=host.reach,
        profile=host.profile,
        taken=now(),
        measures=measures(usage, whole, facts, seen),
        devices=units(whole.devices, usage, addresses),
        holders=usage.holders,
        notices=(fault,) if fault else (),
    )


async def _asked(call: Call, host: HostRow) -> tuple[HostFacts | None, frozenset[str] | None, str]:
    """What the host says of itself and the addresses of its devices; or why it says nothing."""
    try:
        there: hypervisor.Host = call.enclave.watch.host(host.id)
        facts = await there.facts()
        devices = await there.devices()
    except TicryptError as error:
        return None, None, f"libvirt says nothing: {error}"
    return facts, frozenset(each.address for each in devices) or None, ""


def measures(
    usage: Usage, whole: Capacity, facts: HostFacts | None, seen: HostSeen | None
) -> tuple[Measure, ...]:
    """Cores, memory and each kind of device, against the profile and beside what libvirt says."""
    domains = seen.domains if seen is not None and seen.fresh else ()
    reserved = [each for each in usage.holders if each.reserved]
    cores = sum(each.cores for each in reserved)
    memory = sum(each.memory_mib for each in reserved)
    says_cores = says_memory = ""
    if facts is not None:
        vms = so_many(len(domains), "VM", "VMs")
        running = f"{sum(each.cores for each in domains)} in {vms}"
        says_cores = f"{facts.cores} cores, {running}"
        free = "" if facts.free_mib is None else f", {_gib(facts.free_mib)} free"
        given = _gib(sum(each.memory_mib for each in domains))
        says_memory = f"{_gib(facts.memory_mib)}{free}, {given} in {vms}"
    return (
        Measure("cores", "", usage.cores - cores, cores, whole.cores, says_cores),
        Measure("memory", "MiB", usage.memory_mib - memory, memory, whole.memory_mib, says_memory),
        *_kinds(usage, whole.devices),
    )


def _kinds(usage: Usage, devices: Sequence[Device]) -> list[Measure]:
    found = []
    for kind in dict.fromkeys(device.kind for device in devices):
        own = [device.address for device in devices if device.kind == kind]
        held = [usage.held[address] for address in own if address in usage.held]
        reserved = sum(holder.reserved for holder in held)
        found.append(Measure(kind, "", len(held) - reserved, reserved, len(own)))
    return found


def units(
    devices: Sequence[Device], usage: Usage, there: frozenset[str] | None
) -> tuple[DeviceUnit, ...]:
    """The profile's devices with who has them, then those that are held beside the profile.

    `there` is what the host has, where it tells.
    """
    declared = {device.address for device in devices}
    beside = [address for address in sorted(usage.held) if address not in declared]
    return (
        *(_unit(device.kind, device.address, usage, there) for device in devices),
        *(DeviceUnit("?", each, usage.held[each].name, "not in the profile") for each in beside),
    )


def _unit(kind: str, address: str, usage: Usage, there: frozenset[str] | None) -> DeviceUnit:
    holder = usage.held.get(address)
    absent = there is not None and address not in there
    fault = "the host has no such device" if absent else ""
    return DeviceUnit(kind, address, holder.name if holder else "", fault)


def _measured(measure: Measure) -> str:
    total = f" of {measure.total}" if measure.total else ""
    reserved = f", {measure.reserved} reserved" if measure.reserved else ""
    said = f"; libvirt: {measure.said}" if measure.said else ""
    return f"{shown(measure.name)}: {measure.used}{total} {measure.unit}".rstrip() + reserved + said


def _gib(mebibytes: int) -> str:
    return f"{mebibytes / 1024:.2f}".rstrip("0").rstrip(".") + " GiB"
