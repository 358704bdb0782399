"""The objects of the demo's enclave, made through the same operations as anyone's."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Failed, NotFound, Refused
from ticrypt_tui.demo import drives, guest, people
from ticrypt_tui.demo.places import NEXT_VOLUME, REALM, TIERS, VOLUME, VOLUMES, Places
from ticrypt_tui.demo.virsh import Libvirt

HOST = "this-machine"
PROFILE = "whole-machine"
IMAGE = "tiny-linux"
NEXT_IMAGE = "tiny-next"
SERVICE = "tiny-keeper"
SETUP = "tiny"
LICENCES = {
    "MATLAB": {"address": "192.0.2.10", "ports": "27000-27009", "protocol": "tcp"},
    "Campus licences": {"address": "198.51.100.0/28", "ports": "1717, 5053", "protocol": "both"},
}
"""Servers that VMs may reach, at addresses that nobody has (RFC 5737)."""
RUNNING = ("tiny-1", "tiny-2")
PAST = "tiny-3"
_SHARED_BY = 8
"""How many VMs' cores may share one of the machine's: others' VMs may run there, too."""
_UP_WITHIN = 90.0
_MIB = 2**20

Say = Callable[[str], None]


async def ensure(enclave: Enclave, libvirt: Libvirt, places: Places, say: Say) -> None:
    """Make what is missing; raises the `TicryptError` of the operation that fails."""
    await _infrastructure(enclave, libvirt, places, say)
    await people.ensure(enclave, say)
    of = await people.belonging(enclave)
    for name in (*RUNNING, PAST):
        await _need(enclave, say, "config", name, "config.create", setup=SETUP, **of)
    starts = (_past(enclave, libvirt, say), *(_running(enclave, name, say) for name in RUNNING))
    await _all(*starts, drives.ensure(enclave, say))


async def _all(*works: Coroutine[Any, Any, None]) -> None:
    """Do them at the same time, each to its end; raises the first fault."""
    for outcome in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


async def _infrastructure(enclave: Enclave, libvirt: Libvirt, places: Places, say: Say) -> None:
    await _need(
        enclave, say, "profile", PROFILE, "profile.create", realm=REALM,
        cores=_SHARED_BY * (os.cpu_count() or 1), memory=_memory_mib(),
    )  # fmt: skip
    await _need(
        enclave, say, "host", HOST, "host.create", realm=REALM, uri=libvirt.uri, profile=PROFILE
    )
    await enclave.settled()
    for tier in (VOLUMES, *TIERS):
        target = str(places.pool_target(tier, libvirt.system))
        await _need(
            enclave, say, "pool", places.pool(tier), "pool.create", realm=REALM, tier=tier,
            target=target, quota="no",
        )  # fmt: skip
    await _need(
        enclave, say, "image", IMAGE, "image.create", realm=REALM, volume=VOLUME, os="linux"
    )
    await _need(
        enclave, say, "setup", SETUP, "setup.create", realm=REALM, image=IMAGE, cores=1,
        memory=256, debug_pty=True, debug_console=True,
    )  # fmt: skip
    await _service(enclave, say)
    for name, server in LICENCES.items():
        await _need(enclave, say, "license", name, "license.create", **server)


async def _service(enclave: Enclave, say: Say) -> None:
    """A service VM, which is off, on an image that no other VM runs from."""
    await _need(
        enclave, say, "image", NEXT_IMAGE, "image.create", realm=REALM, volume=NEXT_VOLUME,
        os="linux",
    )  # fmt: skip
    await _need(
        enclave, say, "service_vm", SERVICE, "service_vm.create", realm=REALM, image=NEXT_IMAGE,
        cores=1, memory=256,
    )  # fmt: skip


async def _need(
    enclave: Enclave, say: Say, kind: str, name: str, operation: str, **arguments: Any
) -> None:
    """Run the operation that makes an object, unless it is there, with a record of it."""
    with suppress(NotFound):
        if getattr(await enclave.find(kind, name), "recorded", True):
            return
    say(f"Making {kind} {name}")
    await enclave.run(operation, {"name": name, **arguments})


async def _past(enclave: Enclave, libvirt: Libvirt, say: Say) -> None:
    """A VM that was started, came up and was shut down, as any VM is."""
    if any(row.name == PAST for row in (await enclave.listing("past")).rows):
        return
    vm_id = (await enclave.find("config", PAST)).vm_id
    if vm_id is None:
        say(f"Starting {PAST}")
        vm_id = await enclave.run("config.start", {"config": PAST})
    say(f"Waiting until {PAST} is up, to shut it down")
    if not await guest.answers(libvirt, vm_id, _UP_WITHIN):
        raise Failed(f"{PAST} did not come up in {_UP_WITHIN:.0f} s.")
    say(f"Shutting {PAST} down")
    await enclave.run("vm.shutdown", {"vm": vm_id})


async def _running(enclave: Enclave, name: str, say: Say) -> None:
    """A VM that runs; one whose end nobody saw, as in a power cut, is first recorded as ended."""
    config = await enclave.find("config", name)
    if config.vm_id is not None:
        hosts = enclave.sightings().values()
        if any(config.vm_id == domain.vm_id for host in hosts for domain in host.domains):
            return
        with suppress(Refused):  # its end has been recorded by now
            await enclave.run("vm.shutdown", {"vm": config.vm_id, "force": True})
    say(f"Starting {name}")
    await enclave.run("config.start", {"config": config.id})


def _memory_mib() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _MIB
