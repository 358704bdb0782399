"""Making, changing and deleting storage pools, on every host that has them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from sqlmodel import select

from ticrypt_tui.backend.drivers import base as hypervisor
from ticrypt_tui.backend.errors import NotFound, Refused, TicryptError, WrongUse
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.checks import of_realm, proper_name, refuse_namesake
from ticrypt_tui.backend.services.editing import VERSION, as_read
from ticrypt_tui.backend.services.storage.pool_rules import (
    empty,
    proper_quota,
    proper_target,
    proper_tier,
    quota_of,
    recorded,
    stays_as_it_was_made,
)
from ticrypt_tui.backend.services.storage.pools import VOLUMES, PoolRow
from ticrypt_tui.backend.services.wording import listed, so_many
from ticrypt_tui.backend.store.tables.infrastructure import Host, PoolHost, QuotaMode, StoragePool
from ticrypt_tui.backend.store.tables.machines import VmImage
from ticrypt_tui.config.realm import RealmSettings
from ticrypt_tui.text import shown

_PROPER = (proper_name, proper_tier, proper_target, proper_quota)
_HOSTS_SAYS = "host names; all that are up if left out"


@operation(
    "pool.create",
    Argument("realm", "object", says="a realm's ID or name"),
    Argument("name"),
    Argument("tier", says="volumes for OS volumes, else a tier of drives such as flash"),
    Argument("target", says="the folder or volume group on the hosts"),
    Argument("type", required=False, says="dir if left out; list pooltypes shows the others"),
    Argument("source", required=False, says="a device, server:/folder or devices, by the type"),
    Argument("hosts", "list", required=False, says=_HOSTS_SAYS),
    Argument("quota", required=False, says="no, yes, or a size such as 2 TiB; no if left out"),
    Argument("make", "flag", required=False, says="make the folder, or the volume group, too"),
    says="Define a storage pool on the hosts, and record it.",
    preconditions=_PROPER,
)
async def create(
    call: Call,
    *,
    realm: str,
    name: str,
    source: str = "",
    hosts: list[str] | None = None,
    quota: str = QuotaMode.NONE,
    make: bool = False,
    **place: Any,
) -> str:
    """Define a pool on each host and start it there; returns its ID.

    One that a host has already, at the same place, is taken as it is. Raises `Refused` with the
    host's reason; then no host keeps what was made for it.
    """
    where = call.enclave.realm(realm)
    mode, limit = quota_of(quota)
    async with call.enclave.database.read() as session:
        await refuse_namesake(session, StoragePool, "a pool", where, name=name)
    on = await _hosts(call, where, hosts)
    pool = StoragePool(realm_id=where.id, name=name, quota_mode=mode, quota_bytes=limit, **place)
    made = await _made(call, on, pool, source, make)
    try:
        await _kept(call, where, pool, on)
    except TicryptError:
        await _unmade(made, name)
        raise
    await call.enclave.discovery.reread(on)
    return pool.id


@operation(
    "pool.edit",
    Argument("pool", "object", says="a storage pool's ID or name"),
    Argument("realm", "object", required=False, says="its own: a pool never moves"),
    Argument("name", required=False, says="its own"),
    Argument("tier", required=False),
    Argument("type", required=False, says="its own"),
    Argument("target", required=False, says="its own"),
    Argument("source", required=False, says="its own"),
    Argument("hosts", "list", required=False, says="all hosts that shall have it"),
    Argument("quota", required=False, says="no, yes, or a size such as 2 TiB"),
    Argument("autostart", "flag", required=False, says="whether it starts with its hosts"),
    Argument("active", "flag", required=False, says="whether it runs now"),
    VERSION,
    on="pool",
    says="Change the tier, the quota and the hosts of a storage pool, and whether it runs.",
    preconditions=(recorded, stays_as_it_was_made, proper_tier, proper_quota),
)
async def edit(
    call: Call,
    pool: PoolRow,
    *,
    tier: str = "",
    hosts: list[str] | None = None,
    quota: str = "",
    autostart: bool | None = None,
    active: bool | None = None,
    version: int = 0,
    **own: str,
) -> None:
    """Change what is given. Raises `Changed` where somebody else was quicker."""
    where = call.enclave.realm(pool.realm_id)
    async with call.enclave.database.read() as session:  # no need to ask hosts in vain
        found = await as_read(session, StoragePool, pool.id, pool.name, version or pool.version)
    wanted = await _hosts(call, where, hosts) if hosts is not None else list(pool.host_ids)
    await _made(call, [each for each in wanted if each not in pool.host_ids], found, pool.source)
    for host_id in pool.host_ids:
        if host_id not in wanted:
            await call.enclave.watch.host(host_id).delete_pool(pool.name)
    if autostart is not None or active is not None:
        for host_id in wanted:
            there = call.enclave.watch.host(host_id)
            await there.edit_pool(pool.name, autostart=autostart, active=active)
    async with call.change() as session:
        found = await as_read(session, StoragePool, pool.id, pool.name, version or pool.version)
        found.tier = tier or found.tier
        if quota:
            found.quota_mode, found.quota_bytes = quota_of(quota)
        session.add(found)
        for link in await session.exec(select(PoolHost).where(PoolHost.pool_id == pool.id)):
            await session.delete(link)
        await session.flush()
        session.add_all(PoolHost(pool_id=pool.id, host_id=host_id) for host_id in wanted)
    await call.enclave.discovery.reread(list({*wanted, *pool.host_ids}))


@operation(
    "pool.delete",
    Argument("pool", "object", says="a storage pool's ID or name"),
    on="pool",
    says="Take an empty storage pool out of libvirt on its hosts; no file is deleted.",
    preconditions=(recorded, empty),
)
async def delete(call: Call, pool: PoolRow) -> str:
    """Delete a pool. Raises `Refused` with the names of what is on it, on whichever host."""
    await _refuse_images(call, pool)
    there = [call.enclave.watch.host(host_id) for host_id in pool.host_ids]
    for host in there:
        await _refuse_volumes(host, pool)
    for host in there:
        with suppress(NotFound):  # it is gone from that host already
            await host.delete_pool(pool.name)
    async with call.change() as session:
        found = await session.get(StoragePool, pool.id)
        if found is None:
            raise NotFound(f"{shown(pool.name)} was deleted meanwhile.")
        await session.delete(found)
    await call.enclave.discovery.reread(list(pool.host_ids))
    return f"{pool.name} is deleted"


async def _kept(call: Call, realm: RealmSettings, pool: StoragePool, on: Sequence[str]) -> None:
    """Record a pool that its hosts have by now."""
    async with call.change() as session:
        await refuse_namesake(session, StoragePool, "a pool", realm, name=pool.name)
        session.add(pool)
        await session.flush()
        session.add_all(PoolHost(pool_id=pool.id, host_id=host_id) for host_id in on)
        call.made(pool.id)


async def _hosts(call: Call, realm: RealmSettings, named: list[str] | None) -> list[str]:
    """The IDs of the hosts that are meant: the named ones, else all that are up; at least one."""
    async with call.enclave.database.read() as session:
        if named:
            return [(await of_realm(session, Host, "host", each, realm)).id for each in named]
        every = await session.exec(select(Host.id).where(Host.realm_id == realm.id))
    up = [host_id for host_id in every if call.enclave.is_up(host_id)]
    if not up:
        said = f"No host of realm {shown(realm.name)} is up to make it on."
        raise Refused(said, "Register a host, or enable one.", about="hosts")
    return up


async def _made(
    call: Call, on: Sequence[str], pool: StoragePool, source: str, make: bool = False
) -> list[hypervisor.Host]:
    """Define a pool on hosts; those that did not have it before. On a failure, none keeps it."""
    made: list[hypervisor.Host] = []
    try:
        for host_id in on:
            host = call.enclave.watch.host(host_id)
            await _refuse_type(host, pool.type)
            had = any(each.name == pool.name for each in await host.pools())
            await host.create_pool(pool.name, pool.type, pool.target, source, make=make)
            if not had:
                made.append(host)
    except TicryptError as error:
        await _unmade(made, pool.name)
        if not error.about and isinstance(error, Refused | WrongUse):
            error.about = "source" if source and source in error.sentence else "target"
        raise
    return made


async def _unmade(hosts: Sequence[hypervisor.Host], name: str) -> None:
    for host in hosts:
        with suppress(TicryptError):  # it may have been deleted, or may have volumes already
            await host.delete_pool(name)


async def _refuse_type(host: hypervisor.Host, wanted: str) -> None:
    types = {each.name: each for each in await host.pool_types()}
    if wanted not in types:
        known = ", ".join(name for name, each in types.items() if each.available) or "none"
        said = f"Libvirt on {shown(host.address.name)} knows no pools of type {shown(wanted)}."
        raise Refused(said, f"Those that can be made there: {known}.", "type")
    if not types[wanted].available:
        said = f"A pool of type {wanted} cannot be made: {types[wanted].why_not}"
        raise Refused(said, about="type")


async def _refuse_volumes(host: hypervisor.Host, pool: PoolRow) -> None:
    with suppress(NotFound):
        active = {each.name for each in await host.pools() if each.active}
        names = [v.name for v in await host.volumes(pool.name)] if pool.name in active else []
        if names:
            what = so_many(len(names), "volume is", "volumes are")
            on = f"{what} on it, as {shown(host.address.name)} shows: {listed(names)}."
            raise Refused(on, "Delete or move them first.")


async def _refuse_images(call: Call, pool: PoolRow) -> None:
    if pool.tier != VOLUMES:
        return
    async with call.enclave.database.read() as session:
        own = select(VmImage.name).where(VmImage.realm_id == pool.realm_id)
        names = list(await session.exec(own))
    if names and pool.name == call.enclave.realm(pool.realm_id).volumes_pool:
        raise Refused(f"VM images are made of its volumes: {listed(sorted(names))}.")
