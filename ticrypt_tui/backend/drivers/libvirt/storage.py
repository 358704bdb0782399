"""A host's storage, asked on a connection of its own: a dead file server holds up nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import libvirt

from ticrypt_tui.backend.drivers.base import HostAddress
from ticrypt_tui.backend.drivers.libvirt import pool_types, pools, volumes
from ticrypt_tui.backend.drivers.libvirt.connection import Line
from ticrypt_tui.backend.drivers.libvirt.pool_documents import PoolWanted, pool_document
from ticrypt_tui.backend.drivers.libvirt.uri import HostUri
from ticrypt_tui.backend.drivers.stored import PoolSeen, PoolType, VolumeSeen
from ticrypt_tui.text import shown

T = TypeVar("T")

STORE_SECONDS = 30.0


class Storage:
    """The part of a host that keeps volumes, for `LibvirtHost` to inherit."""

    address: HostAddress

    def __init__(self, address: HostAddress, uri: HostUri, line: Line) -> None:
        self.address = address
        self._uri, self._storing = uri, line

    async def pools(self) -> tuple[PoolSeen, ...]:
        return await self._store(pools.pools, "list its pools")

    async def pool_types(self) -> tuple[PoolType, ...]:
        find = partial(pool_types.pool_types, uri=self._uri, host=self.address.name)
        return await self._store(find, "tell its types of pools")

    async def create_pool(
        self, name: str, kind: str, target: str, source: str = "", *, make: bool = False
    ) -> None:
        wanted = PoolWanted(name, kind, target, source)
        document = pool_document(wanted)

        def work(connection: libvirt.virConnect) -> None:
            pool_types.refuse_unavailable(connection, self._uri, self.address.name, kind)
            pools.create_pool(connection, self.address.name, wanted, document, make)

        await self._store(work, f"make the pool {shown(name)}")

    async def edit_pool(
        self, pool: str, *, autostart: bool | None = None, active: bool | None = None
    ) -> None:
        edit = partial(pools.edit_pool, pool=pool, autostart=autostart, active=active)
        await self._store(edit, f"change the pool {shown(pool)}")

    async def delete_pool(self, pool: str) -> None:
        delete = partial(pools.delete_pool, pool=pool)
        await self._store(delete, f"delete the pool {shown(pool)}")

    async def pool_document(self, pool: str) -> str:
        tell = partial(pools.pool_document, pool=pool)
        return await self._store(tell, f"tell the XML of the pool {shown(pool)}")

    async def volumes(self, pool: str) -> tuple[VolumeSeen, ...]:
        scan = partial(volumes.volumes, pool=pool)
        return await self._store(scan, f"scan the pool {shown(pool)}")

    async def volume_document(self, pool: str, name: str) -> str:
        tell = partial(volumes.volume_document, pool=pool, name=name)
        return await self._store(tell, f"tell the XML of the volume {shown(name)}")

    async def create_overlay(self, pool: str, name: str, backing: str) -> str:
        make = partial(volumes.create_overlay, pool=pool, name=name, backing=backing)
        return await self._store(make, f"make the volume {shown(name)}")

    async def delete_volume(self, path: str) -> None:
        delete = partial(volumes.delete_volume, path=path)
        await self._store(delete, f"delete the volume {shown(path)}")

    async def create_encrypted_volume(
        self, pool: str, name: str, size_bytes: int, passphrase: bytes
    ) -> str:
        raise NotImplementedError

    async def reencrypt_volume(
        self, path: str, passphrase: bytes, pool: str, name: str, new_passphrase: bytes
    ) -> str:
        raise NotImplementedError

    async def read_volume(self, path: str, length: int) -> bytes:
        raise NotImplementedError

    async def write_volume(self, path: str, data: bytes) -> None:
        raise NotImplementedError

    async def _store(self, work: Callable[[libvirt.virConnect], T], what: str) -> T:
        return await self._storing.act(work, STORE_SECONDS, what)
