"""Libvirt hosts: the servers that run VMs for a realm (domain.md 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from ticrypt_tui.backend.drivers.base import HostSeen, Reach
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.base import Detail, Section, Service
from ticrypt_tui.backend.services.checks import at_least_one, proper_name, refuse_namesake
from ticrypt_tui.backend.store.lookup import find_one
from ticrypt_tui.backend.store.tables.infrastructure import HardwareProfile, Host, HostState
from ticrypt_tui.text import shown


@dataclass(frozen=True, slots=True)
class HostRow:
    """A host as the store declares it and as it was last seen."""

    id: str
    name: str
    realm: str
    realm_id: str
    uri: str
    profile: str
    state: str
    reach: str
    since: datetime | None
    last_contact: datetime | None
    reason: str
    vms: int
    cores: int
    memory_mib: int


class Hosts(Service[HostRow]):
    """The tab of hosts."""

    tab = "hosts"
    kind = "host"
    noun = "host"

    async def rows(self) -> tuple[HostRow, ...]:
        seen = self.enclave.sightings()
        async with self.enclave.database.read() as session:
            hosts = list(await session.exec(select(Host).order_by(col(Host.name))))
            profiles = {each.id: each for each in await session.exec(select(HardwareProfile))}
        return tuple(
            _row(host, profiles.get(host.profile_id or ""), seen, self.enclave.realm_names)
            for host in hosts
        )

    async def detail(self, row: HostRow) -> Detail:
        facts = (
            ("ID", row.id),
            ("realm", row.realm),
            ("URI", row.uri),
            ("profile", row.profile),
            ("state", row.state),
            ("seen", f"{row.reach} {row.reason}".strip()),
            ("since", f"{row.since:%Y-%m-%d %H:%M:%S} UTC" if row.since else ""),
            ("VMs", str(row.vms)),
        )
        return Detail(row.name, (Section("Host", facts),))


def _row(
    host: Host,
    profile: HardwareProfile | None,
    seen: Mapping[str, HostSeen],
    realms: Mapping[str, str],
) -> HostRow:
    sight = seen.get(host.id)
    return HostRow(
        id=host.id,
        name=host.name,
        realm=realms.get(host.realm_id, host.realm_id),
        realm_id=host.realm_id,
        uri=host.uri,
        profile=profile.name if profile else "",
        state=host.state,
        reach=sight.reach if sight else Reach.NOT_CONTACTED,
        since=sight.since if sight else None,
        last_contact=sight.read_at if sight else None,
        reason=sight.detail if sight else "",
        vms=len(sight.domains) if sight else 0,
        cores=profile.cores if profile else 0,
        memory_mib=profile.memory_mib if profile else 0,
    )


@operation(
    "host.create",
    Argument("realm", "object", says="a realm's ID or name"),
    Argument("name"),
    Argument("uri", says="such as qemu+ssh://root@node03/system"),
    Argument("profile", "object", required=False, says="a hardware profile of that realm"),
    Argument(
        "state", "choice", required=False, choices=tuple(HostState), says="enabled if left out"
    ),
    Argument("nat_address", required=False, says="an IPv4 address for static address translation"),
    Argument("nat_port_base", "number", required=False, says="the first port that is translated"),
    says="Register a host.",
    preconditions=(proper_name, at_least_one("nat_port_base")),
)
async def create(
    call: Call,
    *,
    realm: str,
    name: str,
    uri: str,
    profile: str = "",
    state: str = HostState.ENABLED,
    nat_address: str | None = None,
    nat_port_base: int | None = None,
) -> str:
    """Register a host; returns its ID. The console contacts it at once, unless it is disabled."""
    where = call.enclave.realm(realm)
    call.enclave.check_uri(where, uri)
    async with call.change() as session:
        await refuse_namesake(session, Host, "a host", where, name=name, uri=uri)
        found = await find_one(session, HardwareProfile, profile) if profile else None
        if found and found.realm_id != where.id:
            raise Refused(f"Profile {shown(found.name)} is not of realm {shown(where.name)}.")
        host = Host(
            realm_id=where.id,
            name=name,
            uri=uri,
            profile_id=found.id if found else None,
            state=HostState(state),
            nat_address=nat_address,
            nat_port_base=nat_port_base,
        )
        session.add(host)
        call.made(host.id)
    await call.enclave.following.refollow()
    return host.id
