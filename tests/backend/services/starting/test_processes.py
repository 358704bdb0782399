"""Several consoles start VMs at once, and consoles are killed over it: nothing is taken twice, and
nothing is left behind."""

from __future__ import annotations

import asyncio
import multiprocessing
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.backend import shared_play
from tests.backend.conftest import CONFIGURATION
from tests.backend.shared_play import SharedDriver
from ticrypt_tui.backend.caller import Origin
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.founding import found
from ticrypt_tui.config.settings import load_settings

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.backend.shared_play"])
ROOM = 5
COMMITS = 7
"""How many times a start writes to the store."""
STEPS = (
    *((f"{side} a commit", time) for side in ("before", "after") for time in range(1, COMMITS + 1)),
    *((f"{side} the {what}", 1) for side in ("before", "after") for what in ("overlay", "start")),
)
"""Where a start can be cut off, and when that step comes for which time."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "ticrypt-tui.toml"
    written.write_text(CONFIGURATION.format(folder=tmp_path))
    return written


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shared_play.lay_out(tmp_path / "host")


@pytest.fixture
async def enclave(file: Path, folder: Path, origin: Origin) -> AsyncIterator[Enclave]:
    """A console on one shared host with a setup to start; room is for five."""
    await found(load_settings(file), origin)
    opened = await shared_play.console(file, SharedDriver(folder))
    where = {"realm": "lab", "name": "tiny"}
    room = {"cores": ROOM, "memory": "64 GiB"}
    await opened.run("profile.create", {**where, **room})
    node = {"realm": "lab", "name": "node01", "uri": "play://node01", "profile": "tiny"}
    await opened.run("host.create", node)
    await opened.settled()
    await opened.run("image.create", {**where, "volume": "tiny.qcow2", "os": "linux"})
    await opened.run("setup.create", {**where, "image": "tiny", "cores": 1, "memory": "192 MiB"})
    yield opened
    await opened.close()


async def configurations(enclave: Enclave, number: int) -> list[str]:
    names = [f"vm{at:02}" for at in range(number)]
    for name in names:
        await enclave.run("config.create", {"name": name, "setup": "tiny"})
    return names


class Checker(threading.Thread):
    """Reads store and host all the time: the most that was ever taken at any moment."""

    def __init__(self, store: Path, folder: Path) -> None:
        super().__init__(daemon=True)
        self.store, self.folder = store, folder
        self.done = threading.Event()
        self.looks = self.reserved = self.running = 0

    def run(self) -> None:
        uri = f"file:{self.store}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=30)) as connection:
            while not self.done.is_set():
                (cores,) = connection.execute("SELECT total(cores) FROM allocation").fetchone()
                self.reserved = max(self.reserved, int(cores))
                self.running = max(self.running, len(shared_play.running(self.folder)))
                self.looks += 1
                time.sleep(0.002)


@contextmanager
def checked(file: Path, folder: Path) -> Iterator[Checker]:
    checker = Checker(file.parent / "data" / "console.db", folder)
    checker.start()
    yield checker
    checker.done.set()
    checker.join(30)


def rows(file: Path, query: str) -> set[Any]:
    with closing(sqlite3.connect(file.parent / "data" / "console.db", timeout=30)) as connection:
        return {row[0] for row in connection.execute(query)}


@pytest.mark.slow(seconds=10)
async def test_of_eight_consoles_at_once_exactly_five_start_a_vm_where_five_have_room(
    enclave: Enclave, file: Path, folder: Path
) -> None:
    names = await configurations(enclave, 8)
    gate, told = PROCESSES.Barrier(len(names)), PROCESSES.Queue()
    every = [
        PROCESSES.Process(
            target=shared_play.race, args=(file, folder, name, gate, told), daemon=True
        )
        for name in names
    ]
    with checked(file, folder) as checker:
        for process in every:
            process.start()

        said = dict([await asyncio.to_thread(told.get, True, 600) for _ in every])
        for process in every:
            await asyncio.to_thread(process.join, 600)
    started = {vm_id for vm_id in said.values() if vm_id.startswith("vm-")}
    others = [reason for reason in said.values() if not reason.startswith("vm-")]
    assert len(started) == ROOM
    assert shared_play.running(folder) == started
    assert rows(file, "SELECT vm_id FROM allocation") == started
    assert all("node01: cores short by 1" in reason for reason in others)
    assert (checker.reserved, checker.running) == (ROOM, ROOM)
    assert checker.looks > 100


@pytest.mark.slow(seconds=60)
async def test_fifty_consoles_are_killed_at_every_step_and_leave_nothing_behind(
    enclave: Enclave, file: Path, folder: Path
) -> None:

    await enclave.run("profile.edit", {"profile": "tiny", "cores": 64})
    names = await configurations(enclave, 50)
    await enclave.close()
    for batch in range(0, 50, 10):
        killed = [
            PROCESSES.Process(
                target=shared_play.die,
                args=(file, folder, name, *STEPS[at % len(STEPS)]),
                daemon=True,
            )
            for at, name in enumerate(names[batch : batch + 10], batch)
        ]
        for process in killed:
            process.start()
        for process in killed:
            await asyncio.to_thread(process.join, 600)
        assert {process.exitcode for process in killed} == {-9}
        after = await shared_play.console(file, SharedDriver(folder))
        await after.close()
        agree(file, folder)
    steps = {died.read_text() for died in folder.glob("*.died")}
    assert steps - {shared_play.AT_ITS_END} == {step for step, _ in STEPS}
    assert shared_play.running(folder)


def agree(file: Path, folder: Path) -> None:
    """No reservation without a VM, no VM without a reservation, and no disk but a VM's."""
    there = shared_play.running(folder)
    assert rows(file, "SELECT vm_id FROM allocation") == there
    assert rows(file, "SELECT id FROM vm WHERE ended IS NULL") == there
    assert shared_play.overlays(folder) == there


@pytest.mark.slow(seconds=5)
async def test_what_libvirt_was_just_starting_when_its_console_died_is_carried_on(
    enclave: Enclave, file: Path, folder: Path
) -> None:

    (name,) = await configurations(enclave, 1)
    await enclave.close()
    process = PROCESSES.Process(
        target=shared_play.die, args=(file, folder, name, shared_play.ON_ITS_WAY), daemon=True
    )
    process.start()
    await asyncio.to_thread(process.join, 600)
    assert process.exitcode == -9
    after = await shared_play.console(file, SharedDriver(folder))
    try:
        agree(file, folder)
        assert len(shared_play.running(folder)) == 1
    finally:
        await after.close()
