"""Hardware profiles: how much of a host the scheduler may use (domain.md 2.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from ticrypt_tui.backend.services.base import Detail, Section, Service
from ticrypt_tui.backend.services.hosts.usage import NOTHING, Usage, read_usage
from ticrypt_tui.backend.store.tables.infrastructure import HardwareProfile, Host, ProfileDevice
from ticrypt_tui.config.devices import Device


@dataclass(frozen=True, slots=True)
class Taken:
    """How much of one host that has a profile is taken."""

    host: str
    usage: Usage


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """A hardware profile, and the hosts that use it.

    `declared` says that the configuration file makes it what it is.
    """

    id: str
    name: str
    realm: str
    realm_id: str
    cores: int
    memory_mib: int
    devices: tuple[Device, ...]
    cost: str
    declared: bool
    hosts: tuple[str, ...]
    taken: tuple[Taken, ...]
    version: int

    @property
    def origin(self) -> str:
        """Where it is from, in a word."""
        return "configuration" if self.declared else "console"


class Profiles(Service[ProfileRow]):
    """The tab of hardware profiles."""

    tab = "profiles"
    kind = "profile"
    noun = "hardware profile"
    table = HardwareProfile

    async def rows(self) -> tuple[ProfileRow, ...]:
        async with self.enclave.database.read() as session:
            every = select(HardwareProfile).order_by(col(HardwareProfile.name))
            found = list(await session.exec(every))
            units = list(await session.exec(select(ProfileDevice)))
            hosts = list(await session.exec(select(Host).order_by(col(Host.name))))
            usage = await read_usage(session, self.enclave.sightings())
        devices = _by_profile(units)
        taken = _taken(hosts, usage)
        realms = self.enclave.realm_names
        return tuple(
            ProfileRow(
                id=each.id,
                name=each.name,
                realm=realms[each.realm_id],
                realm_id=each.realm_id,
                cores=each.cores,
                memory_mib=each.memory_mib,
                devices=devices.get(each.id, ()),
                cost=each.cost,
                declared=each.declared,
                hosts=tuple(of_host.host for of_host in taken.get(each.id, ())),
                taken=tuple(taken.get(each.id, ())),
                version=each.version,
            )
            for each in found
        )

    async def detail(self, row: ProfileRow) -> Detail:
        sections = [Section("Hardware profile", _facts(row))]
        if row.devices:
            lines = tuple(f"{device.address}  {device.kind}" for device in row.devices)
            sections.append(Section("Devices", lines=lines))
        used = tuple((each.host, _said(each.usage, row)) for each in row.taken)
        none = ("No host uses it.",)
        sections.append(Section("Hosts that use it", used, () if used else none))
        return Detail(row.name, tuple(sections))


def _by_profile(units: Sequence[ProfileDevice]) -> dict[str, tuple[Device, ...]]:
    found: dict[str, list[Device]] = {}
    for unit in units:
        found.setdefault(unit.profile_id, []).append(Device(unit.kind, unit.pci_address))
    return {profile_id: tuple(sorted(devices)) for profile_id, devices in found.items()}


def _taken(hosts: Sequence[Host], usage: Mapping[str, Usage]) -> dict[str, list[Taken]]:
    """How much of each host is taken, by the profile that it has."""
    found: dict[str, list[Taken]] = {}
    for host in hosts:
        if host.profile_id:
            taken = Taken(host.name, usage.get(host.id, NOTHING))
            found.setdefault(host.profile_id, []).append(taken)
    return found


def _facts(row: ProfileRow) -> tuple[tuple[str, str], ...]:
    origin = "the configuration file: read-only" if row.declared else "made in the console"
    return (
        ("ID", row.id),
        ("realm", row.realm),
        ("cores", str(row.cores)),
        ("memory", f"{row.memory_mib} MiB"),
        ("cost", row.cost),
        ("origin", origin),
    )


def _said(usage: Usage, row: ProfileRow) -> str:
    return f"{usage.cores}/{row.cores} cores, {usage.memory_mib}/{row.memory_mib} MiB"
