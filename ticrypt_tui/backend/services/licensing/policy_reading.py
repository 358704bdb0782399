"""What the store says of a realm's policy: what it lets through now, and whom it is for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.policy.policy import Allowed, Policy
from ticrypt_tui.backend.services.licensing.damage import damage_of
from ticrypt_tui.backend.services.licensing.resolving import addresses_of
from ticrypt_tui.backend.services.licensing.rules import port_ranges, protocols_of
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.data import LicensingServer
from ticrypt_tui.backend.store.tables.machines import Vm
from ticrypt_tui.backend.store.tables.people import User
from ticrypt_tui.config.realm import RealmSettings

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave


async def policies_of(enclave: Enclave, realms: Iterable[str]) -> dict[str, Policy]:
    """What the VMs of each realm may reach now: entries that have not expired. Reads the store."""
    async with enclave.database.read() as session:
        allowed, mark = await _allowed(session), await _mark(session)
    return {
        each: Policy(each, f"{each} {mark}", realm.network_filter, allowed, _resolvers(realm))
        for each, realm in enclave.realms.items()
        if each in realms
    }


async def policy_of(enclave: Enclave, realm_id: str) -> Policy:
    """What the VMs of one realm may reach now."""
    return (await policies_of(enclave, [realm_id]))[realm_id]


async def held_by(enclave: Enclave) -> dict[str, frozenset[str]]:
    """The IDs of the VMs that each realm's policy is for: those that run, but for service VMs."""
    ordinary = select(Vm.realm_id, Vm.id).where(col(Vm.service).is_(False))
    found: defaultdict[str, set[str]] = defaultdict(set)
    async with enclave.database.read() as session:
        for realm_id, vm_id in await session.exec(ordinary.where(col(Vm.ended).is_(None))):
            found[realm_id].add(vm_id)
    return {realm_id: frozenset(vms) for realm_id, vms in found.items()}


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
        if not damage_of(each)  # which the tab tells
        for address in addresses_of(each)
        for protocol in protocols_of(each.protocol)
    )


def _resolvers(realm: RealmSettings) -> tuple[str, ...]:
    return tuple(map(str, realm.dns))


async def _mark(session: AsyncSession) -> str:
    """What tells this enclave from others: its first user, who is the one that founded it."""
    first = select(User.id).order_by(col(User.created), col(User.id)).limit(1)
    return (await session.exec(first)).one().rpartition("-")[2]
