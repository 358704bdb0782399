"""The demo's storage pools and the volumes in one of them: what its enclave finds on the host."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.demo import guest
from ticrypt_tui.demo.places import NEXT_VOLUME, TIERS, VOLUME, VOLUMES, Places
from ticrypt_tui.demo.virsh import Libvirt


async def ensure(libvirt: Libvirt, places: Places) -> None:
    """Define, build and start the pools that are not there or not active."""
    there = await libvirt.names("pool-list")
    active = (await libvirt.ask("pool-list", "--name")).split()
    for each in (VOLUMES, *TIERS):
        name, target = places.pool(each), places.pool_target(each, libvirt.system)
        if name not in there:
            await libvirt.ask("pool-define-as", name, "dir", "--target", target)
        if name not in active:
            await libvirt.ask("pool-build", name)
            await libvirt.ask("pool-start", name)


async def ensure_volume(libvirt: Libvirt, places: Places, say: Callable[[str], None]) -> str:
    """The path of the tiny Linux in the pool of OS volumes, built and put there if need be."""
    pool = places.pool(VOLUMES)
    found = await libvirt.tried("vol-path", "--pool", pool, VOLUME)
    if found.code:
        volume = await asyncio.to_thread(guest.kept, places.folder)
        if not await asyncio.to_thread(volume.exists):
            say("Building a tiny Linux from Debian packages; this happens once")
            await guest.build(volume)
        await guest.upload(libvirt, pool, VOLUME, volume)
        return (await libvirt.ask("vol-path", "--pool", pool, VOLUME)).strip()
    return found.output.strip()


async def ensure_copy(libvirt: Libvirt, places: Places) -> None:
    """Have a copy of the tiny Linux beside it."""
    pool = places.pool(VOLUMES)
    if (await libvirt.tried("vol-path", "--pool", pool, NEXT_VOLUME)).code:
        await libvirt.ask("vol-clone", "--pool", pool, VOLUME, NEXT_VOLUME)


async def remove(libvirt: Libvirt, places: Places, volumes: bool) -> list[str]:
    """Take the pools out of libvirt, and with `volumes` all that is in them; their names."""
    if volumes:
        await ensure(libvirt, places)  # libvirt deletes only what it knows
    there = await libvirt.names("pool-list")
    gone = [name for each in (VOLUMES, *TIERS) if (name := places.pool(each)) in there]
    for name in gone:
        if volumes:
            await _empty(libvirt, name)
        await libvirt.tried("pool-destroy", name)
        if volumes:
            with suppress(TicryptError):  # something that is no volume is in the folder
                await libvirt.ask("pool-delete", name)
        await libvirt.ask("pool-undefine", name)
    return gone


async def _empty(libvirt: Libvirt, pool: str) -> None:
    await libvirt.tried("pool-start", pool)
    listed = await libvirt.tried("vol-list", pool)
    for line in listed.output.splitlines():
        await libvirt.tried("vol-delete", "--pool", pool, line.split()[0])


async def domains(libvirt: Libvirt, places: Places) -> list[str]:
    """The domains that run from a volume of the demo's: its own, whatever its store says."""
    folder = places.pool_target(VOLUMES, libvirt.system)
    found = []
    for uuid in (await libvirt.ask("list", "--uuid")).split():
        disks = (await libvirt.tried("domblklist", uuid)).output.splitlines()
        if any(Path(line.split(None, 1)[-1]).parent == folder for line in disks if line.strip()):
            found.append(uuid)
    return found
