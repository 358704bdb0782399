"""What the store says of a realm's policy: what it lets through now, and whom it is for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.policy.policy import Allowed, Policy
from ticrypt_tui.backend.services.license_resolving import addresses_of
from ticrypt_tui.backend.services.license_rules import port_ranges, protocols_of
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.data import LicensingServer
from ticrypt_tui.backend.store.tables.machines import Vm
from ticrypt_tui.backend.store.tables.people import User

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave


async def policy_of(enclave: Enclave, realm_id: str) -> Policy:
    """What the VMs of a realm may reach now: entries that have not expired. Reads the store."""
    realm = enclave.realms[realm_id]
    async with enclave.database.read() as session:
        allowed = await _allowed(session)
        owner = f"{realm_id} {await _mark(session)}"
    return Policy(realm_id, owner, realm.network_filter, allowed, tuple(map(str, realm.dns)))


async def held_by(enclave: Enclave, realm_id: str) -> frozenset[str]:
    """The IDs of the VMs that a realm's policy is for: those that run, but for service VMs."""
    ordinary = select(Vm.id).where(Vm.realm_id == realm_id, col(Vm.service).is_(False))
    async with enclave.database.read() as session:
        return frozenset(await session.exec(ordinary.where(col(Vm.ended).is_(None))))


async def expired_between(enclave: Enclave, since: datetime, until: datetime) -> bool:
    """Whether an entry stopped in that time."""
    at = col(LicensingServer.deactivate_at)
    async with enclave.database.read() as session:
        found = select(LicensingServer.id).where(at > since, at <= until).limit(1)
        return (await session.exec(found)).first() is not None


async def next_expiry(enclave: Enclave) -> datetime | None:
    """When the next entry stops."""
    at = col(LicensingServer.deactivate_at)
    async with enclave.database.read() as session:
        return (await session.exec(select(at).where(at > now()).order_by(at).limit(1))).first()


async def _allowed(session: AsyncSession) -> tuple[Allowed, ...]:
    at = col(LicensingServer.deactivate_at)
    in_force = select(LicensingServer).where(at.is_(None) | (at > now()))
    return tuple(
        Allowed(address, protocol, port_ranges(each.ports))
        for each in await session.exec(in_force.order_by(col(LicensingServer.id)))
        for address in addresses_of(each)
        for protocol in protocols_of(each.protocol)
    )


async def _mark(session: AsyncSession) -> str:
    """What tells this enclave from others: its first user, who is the one that founded it."""
    first = select(User.id).order_by(col(User.created), col(User.id)).limit(1)
    return (await session.exec(first)).one().rpartition("-")[2]
