"""Licensing servers: the only addresses that running VMs may reach (domain.md 2.14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, select

from ticrypt_tui.backend.services.base import Detail, Section, Service
from ticrypt_tui.backend.services.licensing.damage import damage_of, told
from ticrypt_tui.backend.services.licensing.resolving import (
    NEVER,
    Resolution,
    addresses_of,
    resolution_of,
)
from ticrypt_tui.backend.services.licensing.states import HostState, states_of, summary
from ticrypt_tui.backend.services.names import Names, read_names
from ticrypt_tui.backend.services.wording import moment
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.data import LicensingServer
from ticrypt_tui.text import shown

SOON = timedelta(days=7)
"""How long before its end an entry is said to end soon."""


@dataclass(frozen=True, slots=True)
class LicenseRow:
    """An address that every running VM may reach, of whatever realm.

    `address` is an address, a network or a host name in its canonical form; `resolved` are the
    addresses that are let through, `drift` how they differ from those of when it was saved.
    `active` is `active`, `ends soon`, `expired` once `deactivate_at` is past, or `damaged` where
    `damage` says what is wrong with the entry as it is kept: it lets nothing through. `hosts` is
    how each host follows the whole list, `state` that in a few words.
    """

    id: str
    name: str
    address: str
    resolved: tuple[str, ...]
    drift: str
    ports: str
    protocol: str
    active: str
    group: str
    deactivate_at: datetime | None
    created_by: str
    created: datetime
    hosts: tuple[HostState, ...]
    state: str
    version: int
    resolution: Resolution = NEVER
    damage: str = ""

    @property
    def is_name(self) -> bool:
        """Whether its address is a host name."""
        return self.resolved != (self.address,)

    @property
    def until(self) -> str:
        """When it stops, in local time as it is typed, or ''."""
        return _minute(self.deactivate_at) if self.deactivate_at else ""

    @property
    def since(self) -> str:
        """The local day on which it was made."""
        return f"{self.created.astimezone():%Y-%m-%d}"

    @property
    def server(self) -> str:
        """Its address, and a mark where that is a name that means another now, or is damaged."""
        odd = self.drift or self.resolution.fault or self.damage
        return f"! {self.address}" if odd else self.address

    @property
    def through(self) -> str:
        """The addresses of a host name that are let through."""
        return ", ".join(self.resolved) if self.is_name else ""


class Licenses(Service[LicenseRow]):
    """The tab of licensing servers."""

    tab = "licensing"
    kind = "license"
    noun = "licensing server"
    table = LicensingServer

    async def rows(self) -> Sequence[LicenseRow]:
        query = select(LicensingServer).order_by(col(LicensingServer.name))
        async with self.enclave.database.read() as session:
            entries = list(await session.exec(query))
            names = await read_names(session)
        hosts = await states_of(self.enclave)
        return tuple(_row(each, names, hosts) for each in entries)

    async def notices(self) -> tuple[str, ...]:
        return (*self.enclave.unreachable_notices(), *told(await self._damaged()))

    async def _damaged(self) -> list[str]:
        async with self.enclave.database.read() as session:
            entries = await session.exec(
                select(LicensingServer).order_by(col(LicensingServer.name))
            )
            return [each.name for each in entries if damage_of(each)]

    async def detail(self, row: LicenseRow) -> Detail:
        return Detail(row.name, sections_of(row))


def sections_of(row: LicenseRow) -> tuple[Section, ...]:
    """All that is known of an entry."""
    sections = [Section("Licensing server", _facts(row))]
    if row.is_name:
        sections.append(Section("Its name", _name_facts(row)))
    if warnings := _warnings(row):
        sections.append(Section("! Warning", lines=warnings))
    lines = () if row.hosts else ("No host is enabled: nothing has to follow it.",)
    states = tuple((each.name, _state_of(each)) for each in row.hosts)
    return (*sections, Section("Hosts", states, lines))


def activity(deactivate_at: datetime | None, at: datetime) -> str:
    """Whether an entry is let through at a moment."""
    if deactivate_at is None or deactivate_at > at + SOON:
        return "active"
    return "ends soon" if deactivate_at > at else "expired"


def _row(entry: LicensingServer, names: Names, hosts: tuple[HostState, ...]) -> LicenseRow:
    resolution, damage = resolution_of(entry), damage_of(entry)
    return LicenseRow(
        id=entry.id,
        name=entry.name,
        address=entry.address,
        resolved=addresses_of(entry),
        drift=resolution.drift,
        ports=entry.ports,
        protocol=entry.protocol,
        active="damaged" if damage else activity(entry.deactivate_at, now()),
        group=entry.group,
        deactivate_at=entry.deactivate_at,
        created_by=names.owner(entry.created_by),
        created=entry.created,
        hosts=hosts,
        state=summary(hosts),
        version=entry.version,
        resolution=resolution,
        damage=damage,
    )


def _facts(row: LicenseRow) -> tuple[tuple[str, str], ...]:
    protocol = "TCP and UDP" if row.protocol == "both" else row.protocol.upper()
    return (
        ("ID", row.id),
        ("server", row.address),
        ("ports", f"{row.ports} {protocol}"),
        ("active", row.active),
        ("deactivation", moment(row.deactivate_at, "never")),
        ("group", row.group or "none"),
        ("creator", row.created_by),
        ("created", moment(row.created)),
        ("state", row.state),
    )


def _name_facts(row: LicenseRow) -> tuple[tuple[str, str], ...]:
    known = row.resolution
    return (
        ("when saved", ", ".join(known.saved) or "nothing"),
        ("let through", ", ".join(known.latest) or "nothing"),
        ("resolved", moment(known.at, "never")),
    )


def _warnings(row: LicenseRow) -> tuple[str, ...]:
    known = row.resolution
    damage = (f"VMs do not reach it: it is damaged in the database. {row.damage}",)
    drift = (f"It drifted since it was saved: {known.drift}.",) if known.drift else ()
    fault = (known.fault,) if known.fault else ()
    return (*(damage if row.damage else ()), *drift, *fault)


def _state_of(host: HostState) -> str:
    said = f"{host.state} · realm {shown(host.realm)}"
    return f"{said} · {host.why}" if host.why else said


def _minute(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}"
