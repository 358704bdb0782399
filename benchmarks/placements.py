"""Placements with all that they commit, against as many bare commits of the same size.

A placement is what an operation makes of it: the record that it is attempted, the transaction that
takes the place, and the record that it is done. Beside it, a bare connection commits as many rows
as often, and appends as long a line for each record, with `fdatasync`; both take turns.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
import uuid
from datetime import timedelta
from pathlib import Path
from statistics import median

from benchmarks import audit
from benchmarks.large import CONFIGURATION
from benchmarks.report import Ratio
from ticrypt_tui.backend.caller import present_origin
from ticrypt_tui.backend.drivers.base import HostAddress, HostSeen, Reach
from ticrypt_tui.backend.drivers.stored import VolumeSeen
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.founding import found
from ticrypt_tui.backend.operations import Call, Target
from ticrypt_tui.backend.services.catalogue import find
from ticrypt_tui.backend.services.starting.launching import Launch
from ticrypt_tui.backend.services.starting.reserving import reserve
from ticrypt_tui.backend.services.storage.discovery import Reading
from ticrypt_tui.backend.store.migration import migrate
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.infrastructure import HardwareProfile, Host
from ticrypt_tui.backend.store.tables.machines import VmImage
from ticrypt_tui.backend.store.tables.new_vm import NewVm
from ticrypt_tui.config.settings import load_settings

PLACEMENTS = 1000
HOSTS = 20
LEAST = 0.5
VOLUME = "tiny.qcow2"
IMAGE = "image-1"
VM = """INSERT INTO vm (id, realm_id, name, service, setup_name, team_name, project_tag, host_name,
  cores, memory_mib, debug, state, forced, created, starter, end_detail)
  VALUES (?, 'lab', 'tiny', 0, 'tiny', '', '', 'node01', 1, 192, 0, 'starting', 0, 1, 'me 1 2', '')
"""
EVENT = "INSERT INTO vm_event (vm_id, at, what, detail) VALUES (?, 1, 'placed', 'node01')"
ALLOCATION = "INSERT INTO allocation (vm_id, host_id, cores, memory_mib) VALUES (?, 'host-1', 1, 1)"
COUNT = "UPDATE host SET generation = generation + 1"


class Bare(audit.Bare):
    """The same with what a placement writes beside its two records."""

    def __init__(self, database: Path, file: Path) -> None:
        super().__init__(database, file)
        self.seq = 0

    def place(self) -> None:
        self.record()
        vm_id = f"vm-{uuid.uuid4()}"
        self.connection.execute("BEGIN IMMEDIATE")
        for statement in (VM, EVENT, EVENT, ALLOCATION):
            self.connection.execute(statement, (vm_id,))
        self.connection.execute(COUNT)
        self.connection.execute("COMMIT")
        self.record()

    def record(self) -> None:
        self.seq += 1
        self.put(self.seq)


async def enclave_of(folder: Path) -> Enclave:
    """A console that has just seen its hosts, each with the volume, however long this takes."""
    file = folder / "ticrypt-tui.toml"
    file.write_text(CONFIGURATION.format(folder=folder))
    settings = load_settings(file)
    await found(settings, present_origin())
    enclave = await Enclave.open(settings, origin=present_origin(), data=folder)
    volume = VolumeSeen("ticrypt-vm", VOLUME, f"/pool/{VOLUME}", "qcow2", 2**30, 2**20)
    seen: dict[str, HostSeen] = {}
    read_at = now() + timedelta(hours=1)
    async with enclave.change() as session:
        profile = HardwareProfile(realm_id="lab", name="p", cores=640, memory_mib=2**20)
        session.add(profile)
        session.add(VmImage(id=IMAGE, realm_id="lab", name="tiny", volume=VOLUME, os="linux"))
        await session.flush()
        for at in range(HOSTS):
            host = Host(
                realm_id="lab", name=f"node{at:02}", uri=f"play://{at}", profile_id=profile.id
            )
            session.add(host)
            address = HostAddress(host.id, "lab", host.name, host.uri)
            seen[host.id] = HostSeen(address, Reach.UP, now(), read_at)
            reading = Reading(address, read_at, (), (volume,))
            enclave.discovery._readings.last[host.id] = reading
            enclave.discovery._readings._begun[host.id] = time.monotonic() + 3600
    await enclave._background.close(0)  # what a console does beside its operations
    enclave.following.sightings = lambda: seen  # type: ignore[method-assign]
    return enclave


async def placed(enclave: Enclave) -> None:
    """What `operations.run` makes of a placement."""
    operation = find("config.start")
    call = Call(enclave, enclave.caller, operation, Target("config"), uuid.uuid4().hex, {})
    await enclave.audit.append(call.record("attempted"))
    vm = NewVm(realm_id="lab", name="tiny", image_id=IMAGE, cores=1, memory_mib=192)
    await reserve(call, Launch(vm, enclave.realms["lab"], VOLUME, "linux", {}))
    await enclave.audit.append(call.record("done"))


async def times(folder: Path, count: int) -> list[tuple[float, float]]:
    """The seconds of a bare one and of a placement, in turns."""
    await migrate(f"sqlite+aiosqlite:///{folder}/bare.db")
    bare = Bare(folder / "bare.db", folder / "bare.jsonl")
    bare.connection.execute("PRAGMA foreign_keys = OFF")
    enclave = await enclave_of(folder)
    found_times = []
    for _ in range(count):
        began = time.perf_counter()
        bare.place()
        between = time.perf_counter()
        await placed(enclave)
        found_times.append((between - began, time.perf_counter() - between))
    bare.close()
    await enclave.close()
    return found_times


def measured(count: int = PLACEMENTS) -> list[Ratio]:
    with tempfile.TemporaryDirectory(dir=".") as folder:
        pairs = asyncio.run(times(Path(folder).absolute(), count))
    bare, placement = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    what = f"{count:,} placements on SQLite, beside as many bare commits and synced lines, a second"
    return [Ratio(what, f"{1 / placement:.0f}", f"{1 / bare:.0f}", bare / placement, least=LEAST)]


if __name__ == "__main__":
    for line in measured(int(sys.argv[1]) if len(sys.argv) > 1 else PLACEMENTS):
        print(line.line())
