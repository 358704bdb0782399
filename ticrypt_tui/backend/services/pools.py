"""Storage pools: the tiers of drives, and the pool of OS volumes (domain.md 2.4)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import col, select

from ticrypt_tui.backend.errors import WrongUse
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.base import Detail, Section, Service
from ticrypt_tui.backend.services.checks import proper_name, refuse_namesake
from ticrypt_tui.backend.store.lookup import find_one
from ticrypt_tui.backend.store.tables.infrastructure import Host, PoolHost, QuotaMode, StoragePool
from ticrypt_tui.config.measures import size
from ticrypt_tui.config.realm import RealmSettings


@dataclass(frozen=True, slots=True)
class PoolRow:
    """A storage pool as the store declares it."""

    id: str
    name: str
    realm: str
    realm_id: str
    tier: str
    type: str
    target: str
    quota: str
    quota_bytes: int


class Pools(Service[PoolRow]):
    """The tab of storage pools."""

    tab = "pools"
    kind = "pool"
    noun = "storage pool"

    async def rows(self) -> tuple[PoolRow, ...]:
        realms = self.enclave.realm_names
        async with self.enclave.database.read() as session:
            found = await session.exec(select(StoragePool).order_by(col(StoragePool.name)))
            return tuple(
                PoolRow(
                    each.id, each.name, realms.get(each.realm_id, each.realm_id), each.realm_id,
                    each.tier, each.type, each.target, each.quota_mode, each.quota_bytes,
                )
                for each in found
            )  # fmt: skip

    async def detail(self, row: PoolRow) -> Detail:
        facts = (
            ("ID", row.id),
            ("realm", row.realm),
            ("tier", row.tier),
            ("type", row.type),
            ("target", row.target),
            ("quota", f"{row.quota_bytes} bytes" if row.quota_bytes else row.quota),
        )
        return Detail(row.name, (Section("Storage pool", facts),))


@operation(
    "pool.create",
    Argument("realm", "object", says="a realm's ID or name"),
    Argument("name"),
    Argument("tier", says="volumes for OS volumes, else a tier of drives such as flash"),
    Argument("target", says="the folder or device on the hosts"),
    Argument("type", "choice", required=False, choices=("dir",), says="dir if left out"),
    Argument("hosts", "list", required=False, says="host names; all that are up if left out"),
    Argument("quota", required=False, says="no, yes, or a size such as 2 TiB; no if left out"),
    says="Define a storage pool on the hosts, and record it.",
    preconditions=(proper_name,),
)
async def create(
    call: Call,
    *,
    realm: str,
    name: str,
    tier: str,
    target: str,
    type: str = "dir",
    hosts: list[str] | None = None,
    quota: str = QuotaMode.NONE,
) -> str:
    """Define a pool on each host, build it and start it there; returns its ID."""
    where = call.enclave.realm(realm)
    mode, limit = _quota(quota)
    async with call.enclave.database.read() as session:
        await refuse_namesake(session, StoragePool, "a pool", where, name=name)
    on = await _hosts(call, where, hosts)
    for host_id in on:
        await call.enclave.watch.host(host_id).create_pool(name, type, target)
    async with call.change() as session:
        await refuse_namesake(session, StoragePool, "a pool", where, name=name)
        pool = StoragePool(
            realm_id=where.id, name=name, tier=tier, type=type, target=target,
            quota_mode=mode, quota_bytes=limit,
        )  # fmt: skip
        session.add(pool)
        await session.flush()
        session.add_all(PoolHost(pool_id=pool.id, host_id=host_id) for host_id in on)
        call.made(pool.id)
    return pool.id


def _quota(text: str) -> tuple[QuotaMode, int]:
    if text in (QuotaMode.NONE, QuotaMode.IMPLICIT):
        return QuotaMode(text), 0
    try:
        return QuotaMode.EXPLICIT, size(text)
    except ValueError:
        raise WrongUse(f"A quota is no, yes, or a size such as 2 TiB; not {text!r}.") from None


async def _hosts(call: Call, realm: RealmSettings, named: list[str] | None) -> list[str]:
    """The IDs of the hosts that are meant: the named ones, else all that are up."""
    of_realm = col(Host.realm_id) == realm.id
    async with call.enclave.database.read() as session:
        if named:
            return [(await find_one(session, Host, each, of_realm)).id for each in named]
        every = await session.exec(select(Host.id).where(of_realm))
    return [host_id for host_id in every if call.enclave.is_up(host_id)]
