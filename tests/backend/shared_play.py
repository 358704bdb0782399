"""A played host that several processes share: its domains and volumes are files of one folder."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.backend.play import FACTS, PlayHost, domain
from ticrypt_tui.backend.caller import present_origin
from ticrypt_tui.backend.drivers.base import (
    DomainEnded,
    DomainSeen,
    DomainWanted,
    Ending,
    HostAddress,
    HostFacts,
    Listener,
)
from ticrypt_tui.backend.drivers.stored import PoolSeen, VolumeSeen
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Failed, NotFound
from ticrypt_tui.config.settings import load_settings

POOL = "ticrypt-vm"
Point = Callable[[str], None]


def lay_out(folder: Path) -> Path:
    """A host's folder, with the volume `tiny.qcow2`."""
    for part in ("domains", "volumes"):
        (folder / part).mkdir(parents=True)
    (folder / "volumes" / "tiny.qcow2").touch()
    return folder


def running(folder: Path) -> set[str]:
    """The VMs that run, whoever looks."""
    return {f"vm-{file.stem}" for file in (folder / "domains").glob("*.json")}


def overlays(folder: Path) -> set[str]:
    """The VMs that have a disk."""
    return {file.stem for file in (folder / "volumes").glob("vm-*.qcow2")}


@dataclass
class SharedHost(PlayHost):
    """The host of one process; `point` hears of every step, before and after it."""

    folder: Path = field(default_factory=Path)
    point: Point = field(default=lambda name: None)
    starts_late: bool = False

    async def facts(self) -> HostFacts:
        return FACTS

    async def domains(self) -> tuple[DomainSeen, ...]:
        found = []
        for file in (self.folder / "domains").glob("*.json"):
            with suppress(FileNotFoundError):
                said = json.loads(file.read_text())
                seen = domain(f"vm-{file.stem}", said["title"])
                found.append(replace(seen, cores=said["cores"], memory_mib=said["memory"]))
        return tuple(found)

    async def pools(self) -> tuple[PoolSeen, ...]:
        return (PoolSeen(POOL, POOL, "dir", str(self.folder), True, 2**40, 0, 2**40),)

    async def volumes(self, pool: str) -> tuple[VolumeSeen, ...]:
        files = sorted((self.folder / "volumes").iterdir())
        return tuple(VolumeSeen(POOL, f.name, str(f), "qcow2", 2**30, 0) for f in files)

    async def create_overlay(self, pool: str, name: str, backing: str) -> str:
        self.point("before the overlay")
        path = self.folder / "volumes" / name
        path.touch(exist_ok=False)
        self.point("after the overlay")
        return str(path)

    async def delete_volume(self, path: str) -> None:
        Path(path).unlink(missing_ok=True)

    async def start(self, wanted: DomainWanted) -> None:
        self.point("before the start")
        uuid = wanted.vm_id.removeprefix("vm-")
        said = {"title": wanted.title, "cores": wanted.cores, "memory": wanted.memory_mib}
        fresh = self.folder / f"{uuid}.fresh"
        fresh.write_text(json.dumps(said))
        there = self.folder / "domains" / f"{uuid}.json"
        if self.starts_late:
            script = 'sleep 1; [ -e "$0" ] && mv "$1" "$2"'
            command = ["sh", "-c", script, wanted.disk_path, str(fresh), str(there)]
            subprocess.Popen(command, start_new_session=True)
            self.point(ON_ITS_WAY)
            await asyncio.sleep(1.5)
        elif not Path(wanted.disk_path).exists():
            raise Failed("Its disk is not there.")
        else:
            fresh.replace(there)
        self.point("after the start")
        self.listener.changed(self.address.host_id)

    async def agent_answers(self, uuid: str) -> bool:
        return True

    async def force_off(self, uuid: str) -> None:
        try:
            (self.folder / "domains" / f"{uuid}.json").unlink()
        except FileNotFoundError:
            raise NotFound(f"There is no domain {uuid}.") from None
        event = DomainEnded(
            self.address.host_id, uuid, "", Ending.DESTROYED, "destroyed", datetime.now(UTC)
        )
        self.listener.ended(event)
        self.listener.changed(self.address.host_id)


@dataclass
class SharedDriver:
    """Makes shared hosts."""

    folder: Path
    point: Point = lambda name: None
    starts_late: bool = False
    name: str = "shared"

    def host(self, address: HostAddress, listener: Listener) -> SharedHost:
        return SharedHost(
            address, listener, folder=self.folder, point=self.point, starts_late=self.starts_late
        )


async def console(file: Path, driver: SharedDriver) -> Enclave:
    """This process's console, with every host read, on a store that others write to as well."""
    origin = replace(present_origin(), login="mara")
    enclave = await Enclave.open(load_settings(file), origin=origin, data=file.parent / "mine")
    enclave.drivers["lab"] = driver
    enclave.watch.follow(())  # those hosts that another driver could not take
    await enclave.settled(600)
    return enclave


# What other processes do


def race(file: Path, folder: Path, name: str, gate: Any, said: Any) -> None:
    """Start a configuration as soon as all are ready, and tell what came of it."""
    said.put((name, asyncio.run(_race(file, folder, name, gate))))


async def _race(file: Path, folder: Path, name: str, gate: Any) -> str:
    enclave = await console(file, SharedDriver(folder))
    try:
        await asyncio.to_thread(gate.wait, 600)
        return str(await enclave.run("config.start", {"config": name}))
    except Failed as error:
        return str(error)
    finally:
        await enclave.close()


AT_ITS_END = "at its end"
"""Where a console is killed whose start had fewer steps: another console may take the last ones."""
ON_ITS_WAY = "the start is on its way"
"""A step of those consoles only that are to be killed there: their host starts late."""


def die(file: Path, folder: Path, name: str, step: str, time: int = 1) -> None:
    """Start a configuration, and be killed when a step comes for the first, second … time."""
    asyncio.run(_die(file, folder, name, step, time))


async def _die(file: Path, folder: Path, name: str, step: str, time: int) -> None:
    times = 0
    armed = False

    def killed(at: str) -> None:
        (folder / f"{name}.died").write_text(at)
        os.kill(os.getpid(), signal.SIGKILL)

    def point(at: str) -> None:
        nonlocal times
        times += armed and at == step
        if armed and times == time:
            killed(at)

    enclave = await console(file, SharedDriver(folder, point, step == ON_ITS_WAY))
    write, write_at_once = enclave.database.write, enclave.database.write_at_once

    @asynccontextmanager
    async def watched() -> Any:
        async with write() as session:
            yield session
            point("before a commit")
        point("after a commit")

    async def watched_at_once(work: Any, *then: Any) -> Any:
        def worked(connection: Any) -> Any:
            result = work(connection)
            point("before a commit")
            return result

        result = await write_at_once(worked, *then)
        point("after a commit")
        return result

    enclave.database.write = watched  # type: ignore[method-assign]
    enclave.database.write_at_once = watched_at_once  # type: ignore[assignment,method-assign]
    armed = True
    try:
        await enclave.run("config.start", {"config": name})
        killed(AT_ITS_END)
    finally:
        armed = False
        await enclave.close()
