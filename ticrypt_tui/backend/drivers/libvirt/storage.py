"""A host's storage, asked on a connection of its own: a dead file server holds up nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import TypeVar

import libvirt

from ticrypt_tui.backend.drivers.base import Ability, DriveWanted, HostAddress
from ticrypt_tui.backend.drivers.libvirt import (
    contents,
    copying,
    encrypted,
    pool_types,
    pools,
    volumes,
)
from ticrypt_tui.backend.drivers.libvirt.connection import Line
from ticrypt_tui.backend.drivers.libvirt.pool_documents import PoolWanted, pool_document
from ticrypt_tui.backend.drivers.libvirt.uri import HostUri
from ticrypt_tui.backend.drivers.stored import PoolSeen, PoolType, VolumeSeen
from ticrypt_tui.backend.errors import Refused, TicryptError
from ticrypt_tui.text import shown

T = TypeVar("T")

STORE_SECONDS = 30.0
CARRY_SECONDS = 60.0
MAKING_SECONDS = 180.0
"""An encrypted volume takes 5 to 7 s, most of which QEMU computes to see how fast it computes."""
MADE_AT_ONCE = 2


class Storage:
    """The part of a host that keeps volumes, for `LibvirtHost` to inherit."""

    address: HostAddress

    def __init__(self, address: HostAddress, uri: HostUri, line: Line) -> None:
        self.address = address
        self._uri, self._storing = uri, line
        self._making = asyncio.Semaphore(MADE_AT_ONCE)

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
        self._refuse_without(Ability.DRIVES)
        making = encrypted.Making(pool, name, size_bytes, passphrase)
        async with self._making:
            return await self._made(making)

    async def _made(self, making: encrypted.Making) -> str:
        """The path of what is made; what nobody waits for any more is deleted once it is there."""
        try:
            what = f"make the volume {shown(making.name)}"
            return await self._storing.act(making, MAKING_SECONDS, what)
        finally:
            making.unwanted.set()

    async def reencrypt_volume(
        self, path: str, passphrase: bytes, pool: str, name: str, new_passphrase: bytes
    ) -> str:
        self._refuse_without(Ability.DRIVES)
        size = await self._store(partial(volumes.capacity, path=path), f"measure {shown(path)}")
        source = DriveWanted(path, "", False, passphrase)
        async with copying.opened(self._storing, source) as copy:
            made = await self.create_encrypted_volume(pool, name, size, new_passphrase)
            async with AsyncExitStack() as stack:
                stack.push_async_callback(self._clear, made)
                target = DriveWanted(made, "", False, new_passphrase)
                await copying.copy(self._storing, copy, target)
                stack.pop_all()
        return made

    async def _clear(self, made: str) -> None:
        """Delete a volume that is no copy, also where nobody waits any more."""
        with suppress(TicryptError):
            await asyncio.shield(self.delete_volume(made))

    async def read_volume(self, path: str, length: int) -> bytes:
        read = partial(contents.read, path=path, length=length)
        return await self._carry(read, f"read the volume {shown(path)}")

    async def write_volume(self, path: str, data: bytes) -> None:
        write = partial(contents.write, path=path, data=data)
        await self._carry(write, f"write the volume {shown(path)}")

    async def _carry(self, work: Callable[[libvirt.virConnect], T], what: str) -> T:
        self._refuse_without(Ability.DRIVES)
        return await self._storing.act(work, CARRY_SECONDS, what)

    def why_not(self, ability: Ability) -> str:
        """Why the host cannot do that, as a sentence; empty where it can."""
        raise NotImplementedError

    def _refuse_without(self, ability: Ability) -> None:
        if why := self.why_not(ability):
            raise Refused(why)

    async def _store(self, work: Callable[[libvirt.virConnect], T], what: str) -> T:
        return await self._storing.act(work, STORE_SECONDS, what)
