"""The embedded enclave: made from real parts at the first start, completed at every other."""

from __future__ import annotations

import asyncio
import fcntl
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import TextIO

from ticrypt_tui.backend.audit.keys import make_key
from ticrypt_tui.backend.caller import present_origin
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Failed, TicryptError
from ticrypt_tui.backend.store.database import Database
from ticrypt_tui.backend.store.migration import migrate
from ticrypt_tui.backend.store.people import ensure_first_super_admin
from ticrypt_tui.config.settings import Settings, load_settings
from ticrypt_tui.demo import (
    configuration,
    fleet,
    guest,
    libvirt_daemons,
    network,
    objects,
    pools,
    virt_type,
)
from ticrypt_tui.demo.places import Places
from ticrypt_tui.demo.places import places as users_places
from ticrypt_tui.demo.virsh import Libvirt

Say = Callable[[str], None]
_OTHERS_WITHIN = 600.0


async def open_demo(
    say: Say = lambda sentence: None, reset: bool = False, places: Places | None = None
) -> Enclave:
    """Open the demo's enclave, making what is missing of it; with `reset`, anew.

    `say` is told of each step as it begins. Raises a `TicryptError` with what would help.
    """
    where = places or users_places()
    async with _alone(where, say):
        if reset:
            await _stop(where, say, remove=True)
        say("Looking for libvirt")
        libvirt = await libvirt_daemons.find(where.daemons)
        settings = await _prepared(libvirt, where, say)
        say("Opening the enclave")
        return await _opened(settings, libvirt, where, say)


async def stop_demo(say: Say, places: Places | None = None, remove: bool = False) -> None:
    """End the demo's VMs, take its pools and network out of libvirt, and end what was started.

    Its data stays, and the next start goes on with it; with `remove`, only the tiny Linux stays.
    """
    where = places or users_places()
    async with _alone(where, say):
        await _stop(where, say, remove)


async def _prepared(libvirt: Libvirt, places: Places, say: Say) -> Settings:
    """Make what the enclave finds on its host, and its configuration and store."""
    await pools.ensure(libvirt, places)
    disk = await pools.ensure_volume(libvirt, places, say)
    await pools.ensure_copy(libvirt, places)
    net = await network.ensure(libvirt, places)
    await asyncio.to_thread(fleet.write, places)
    if not await asyncio.to_thread(places.probe.exists):
        say(f"Trying out whether guests boot with KVM here; up to {virt_type.BOUND:.0f} s")
    kind = await virt_type.find(libvirt, disk, places.probe)
    file = await asyncio.to_thread(configuration.write, places, net, kind)
    settings = await asyncio.to_thread(load_settings, file)
    await asyncio.to_thread(make_key, places.checkpoint_key, "ticrypt-tui/demo")
    await migrate(settings.database.url)
    database = await Database.open(settings.database.url)
    try:
        await ensure_first_super_admin(database, present_origin())
    finally:
        await database.close()
    return settings


async def _opened(settings: Settings, libvirt: Libvirt, places: Places, say: Say) -> Enclave:
    async with AsyncExitStack() as opening:
        enclave = await Enclave.open(settings, data=places.folder)
        opening.push_async_callback(enclave.close)
        await enclave.settled()
        await objects.ensure(enclave, libvirt, places, say)
        await fleet.ensure(enclave, places, say)
        opening.pop_all()
    return enclave


async def _stop(places: Places, say: Say, remove: bool) -> None:
    libvirt = await libvirt_daemons.find(places.daemons)
    with suppress(TicryptError):  # a store that cannot be read: what runs is ended below
        await _shut_down(places, say)
    for uuid in await pools.domains(libvirt, places):
        say(f"Ending the domain {uuid}")
        await libvirt.tried("destroy", uuid)
    for pool in await pools.remove(libvirt, places, volumes=remove):
        say(f"Took the pool {pool} out of libvirt")
    if await network.remove(libvirt, places):
        say(f"Took the network {places.network} out of libvirt")
    say(await libvirt_daemons.stop(places.daemons))
    if remove:
        await asyncio.to_thread(_forget, places)


async def _shut_down(places: Places, say: Say) -> None:
    """End the demo's VMs by its own operation, so that its store knows how they ended."""
    settings = await asyncio.to_thread(load_settings, places.configuration)
    enclave = await Enclave.open(settings, data=places.folder)
    try:
        await enclave.settled()
        rows = (await enclave.listing("running")).rows
        known = [vm for vm in rows if getattr(vm, "known", False)]
        on = [vm for vm in (await enclave.listing("service")).rows if getattr(vm, "run", None)]
        if known or on:
            say(f"Ending {', '.join(vm.name for vm in (*known, *on))}")
        await asyncio.gather(
            *(_end(enclave, "vm", vm.id, say) for vm in known),
            *(_end(enclave, "service_vm", vm.id, say) for vm in on),
        )
    finally:
        await enclave.close()


async def _end(enclave: Enclave, kind: str, vm_id: str, say: Say) -> None:
    try:
        await enclave.run(f"{kind}.shutdown", {kind: vm_id, "force": True})
    except TicryptError as error:  # what still runs is ended through libvirt
        say(str(error))


def _forget(places: Places) -> None:
    """Delete everything but the tiny Linux, and the note of daemons that still run for others."""
    kept = (places.daemons, guest.kept(places.folder))
    for path in places.folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path not in kept:
            path.unlink()


@asynccontextmanager
async def _alone(places: Places, say: Say) -> AsyncIterator[None]:
    """Only one console at a time makes or ends the demo; another waits for it."""
    file = await asyncio.to_thread(_lock_file, places.lock)
    with file:
        for tenth in range(int(_OTHERS_WITHIN * 10)):
            if _locked(file):
                yield
                return
            if tenth == 10:
                say("Waiting for another console that prepares the demo")
            await asyncio.sleep(0.1)
    raise Failed(f"Another console has been preparing the demo for {_OTHERS_WITHIN:.0f} s.")


def _lock_file(path: Path) -> TextIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("w", encoding="utf-8")


def _locked(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
