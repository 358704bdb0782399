"""Where a drive's volume goes, and where it is: which pool, and through which host."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.drivers.base import Ability, Host
from ticrypt_tui.backend.errors import Failed, Refused, TicryptError
from ticrypt_tui.backend.services.drives.drives import DriveState
from ticrypt_tui.backend.services.starting.disks import named
from ticrypt_tui.backend.services.starting.quota import refuse_pool_over_quota
from ticrypt_tui.backend.services.storage.discovery import Reading
from ticrypt_tui.backend.services.storage.pools import VOLUMES
from ticrypt_tui.backend.services.wording import listed
from ticrypt_tui.backend.store.tables.data import Drive
from ticrypt_tui.backend.store.tables.infrastructure import Host as HostRecord
from ticrypt_tui.backend.store.tables.infrastructure import PoolHost, StoragePool
from ticrypt_tui.config.realm import RealmSettings
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

_ANSWERS_WITHIN = 20.0


@dataclass(frozen=True, slots=True)
class DrivePlace:
    """A pool for a drive, and the host through which its volume is made."""

    pool: StoragePool
    host: Host


@dataclass(frozen=True, slots=True)
class _Offer:
    """What one host offers of one pool; `taken` is what drives that are being made will fill."""

    pool: StoragePool
    host: HostRecord
    taken: int


async def place_for(enclave: Enclave, realm: RealmSettings, tier: str, size: int) -> DrivePlace:
    """The pool of that tier with the most room, and a host that has it.

    Raises `Refused` for a tier that the realm has not, for a pool's quota, and where no host that
    answers has room for it, with the reason of each.
    """
    async with enclave.database.read() as session:
        offers = await _offers(session, realm, tier)
        for pool in {offer.pool.id: offer.pool for offer in offers}.values():
            await refuse_pool_over_quota(session, pool, size)
    with suppress(TimeoutError):
        async with asyncio.timeout(_ANSWERS_WITHIN):
            await enclave.discovery.reread(list({offer.host.id for offer in offers}))
    readings = enclave.discovery.readings
    reasons: dict[str, None] = {}
    best: tuple[int, DrivePlace] | None = None
    for offer in offers:
        reading = readings.get(offer.host.id)
        free = _free(reading, offer)
        if reason := _why_not(enclave, reading, offer, size, free):
            reasons[f"{shown(offer.host.name)}: {reason}"] = None
        elif best is None or free > best[0]:
            best = free, DrivePlace(offer.pool, enclave.watch.host(offer.host.id))
    if best is None:
        raise Refused(
            f"No host of realm {shown(realm.name)} can make it: {listed(list(reasons))}.",
            "Choose another tier or size, or have an admin see to the pool.", about="tier",
        )  # fmt: skip
    return best[1]


async def volume_of(enclave: Enclave, drive_id: str) -> tuple[Host, str]:
    """A host that has a drive's pool, and the path of its volume there; '' where it is gone.

    Raises `Failed` where no host can tell, with the reason of each.
    """
    async with enclave.database.read() as session:
        drive = await session.get_one(Drive, drive_id)
        pool = await session.get_one(StoragePool, drive.pool_id)
        hosts = await _hosts_of(session, pool)
    reasons = []
    for record in hosts:
        try:
            host = enclave.watch.host(record.id)
            found = named(await host.volumes(pool.name), drive.volume)
            return host, found.path if found else ""
        except TicryptError as error:
            reasons.append(f"{shown(record.name)}: {error.sentence}")
    said = listed(reasons) or "it has no host"
    raise Failed(f"Pool {shown(pool.name)} cannot be looked into now: {said}.", "Try again later.")


async def _offers(session: AsyncSession, realm: RealmSettings, tier: str) -> list[_Offer]:
    """Every host with every pool of a tier; raises `Refused` for a tier that the realm has not."""
    of_realm = select(StoragePool).where(StoragePool.realm_id == realm.id)
    pools = list(await session.exec(of_realm.where(StoragePool.tier != VOLUMES)))
    tiers = sorted({pool.tier for pool in pools})
    if tier not in tiers:
        has = f"It has {listed(tiers)}." if tiers else "An admin makes a pool of that tier first."
        said = f"Realm {shown(realm.name)} has no storage tier {shown(tier)} for drives."
        raise Refused(said, has, about="tier")
    found = []
    for pool in (each for each in pools if each.tier == tier):
        taken = await _being_made(session, pool)
        found += [_Offer(pool, host, taken) for host in await _hosts_of(session, pool)]
    if not found:
        raise Refused(f"Tier {shown(tier)} is on no host.", "An admin adds one.", about="tier")
    return found


async def _hosts_of(session: AsyncSession, pool: StoragePool) -> list[HostRecord]:
    """The hosts on which a pool is said to be; where none is, all of its realm's."""
    every = select(HostRecord).where(HostRecord.realm_id == pool.realm_id)
    own = every.join(PoolHost).where(PoolHost.pool_id == pool.id)
    found = list(await session.exec(own.order_by(col(HostRecord.name))))
    return found or list(await session.exec(every.order_by(col(HostRecord.name))))


async def _being_made(session: AsyncSession, pool: StoragePool) -> int:
    making = select(func.coalesce(func.sum(Drive.size_bytes), 0)).where(
        Drive.pool_id == pool.id, Drive.state == DriveState.CREATING
    )
    return int((await session.exec(making)).one())


def _free(reading: Reading | None, offer: _Offer) -> int:
    seen = reading.pool(offer.pool.name) if reading else None
    return max(0, seen.available - offer.taken) if seen else 0


def _why_not(enclave: Enclave, reading: Reading | None, offer: _Offer, size: int, free: int) -> str:
    try:
        if why := enclave.watch.host(offer.host.id).why_not(Ability.DRIVES):
            return why.rstrip(".")
    except TicryptError as error:
        return error.sentence.rstrip(".")
    seen = reading.pool(offer.pool.name) if reading else None
    if reading is None or reading.fault or seen is None:
        fault = shown(reading.fault).rstrip(".") if reading else ""
        return fault or f"it has no pool {shown(offer.pool.name)}"
    if not seen.active:
        return f"pool {shown(seen.name)} does not run"
    if free < size:
        return f"pool {shown(seen.name)} has {free} bytes free, {size} are wanted"
    return ""
