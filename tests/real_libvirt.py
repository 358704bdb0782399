"""Fixtures of the real thing: a libvirt that runs, a tiny Linux volume, guests booted from it."""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import platformdirs
import pytest

from tests import own_machine
from ticrypt_tui.demo import guest, libvirt_daemons
from ticrypt_tui.demo.virsh import Libvirt

_DAEMONS = pytest.StashKey[Path]()


@dataclass(frozen=True, slots=True)
class Guest:
    """A domain that runs the tiny Linux, emulated by software; its agent answers."""

    libvirt: Libvirt
    name: str
    uuid: str

    async def runs(self) -> bool:
        """Whether libvirt still has it."""
        return self.uuid in (await self.libvirt.ask("list", "--uuid")).split()

    async def has_ended(self, seconds: float) -> bool:
        """Whether it is gone within so many seconds."""
        for _ in range(int(seconds * 2)):
            if not await self.runs():
                return True
            await asyncio.sleep(0.5)
        return False


Boot = Callable[[], Awaitable[Guest]]


def cache() -> Path:
    """Where the volume is kept from one run to the next: QEMU's account may read it there."""
    return Path("/var/cache/ticrypt-tui") if os.geteuid() == 0 else platformdirs.user_cache_path()


def pytest_configure(config: pytest.Config) -> None:
    """Whoever tests does it on a machine of its own, where that is possible."""
    if not _leads_others(config) and own_machine.possible():
        own_machine.move_in()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Where several processes share one libvirt, let it run before the first begins."""
    leads = _leads_others(session.config) and not own_machine.possible()
    if leads and os.geteuid() == 0 and shutil.which("libvirtd"):
        folder = Path(tempfile.mkdtemp())
        session.stash[_DAEMONS] = folder
        asyncio.run(libvirt_daemons.find(folder / "daemons.json"))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """End the libvirt that was started for all of them."""
    if folder := session.stash.get(_DAEMONS, None):
        asyncio.run(libvirt_daemons.stop(folder / "daemons.json"))
        shutil.rmtree(folder)


def _leads_others(config: pytest.Config) -> bool:
    works_for_another = hasattr(config, "workerinput")
    return bool(config.getoption("numprocesses", 0)) and not works_for_another


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep the other processes that test out of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def libvirtd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Libvirt]:
    """The libvirt that this user may use; daemons that had to be started are ended again."""
    if shutil.which("virsh") is None or shutil.which("qemu-system-x86_64") is None:
        pytest.skip("libvirt-clients and qemu-system-x86 are not installed")
    note = tmp_path_factory.mktemp("libvirt") / "daemons.json"
    yield asyncio.run(libvirt_daemons.find(note))
    asyncio.run(libvirt_daemons.stop(note))


@pytest.fixture(scope="session")
def tiny_guest() -> Path:
    """The tiny Linux volume, built by the recipe as it is now if it was not yet (10 s)."""
    volume = guest.kept(cache())
    with alone(volume.parent):
        if not volume.exists():
            with own_machine.outside():
                asyncio.run(guest.build(volume))
    return volume


@pytest.fixture
async def boot_guest(libvirtd: Libvirt, tiny_guest: Path) -> AsyncIterator[Boot]:
    """Boots guests (10 s each), and ends at the end those that still run."""
    booted: list[Guest] = []

    async def boot() -> Guest:
        name = f"ticrypt-test-{secrets.token_hex(4)}"
        document = guest.document(name, tiny_guest, "qemu")
        await libvirtd.give("create", document=document, seconds=240)
        made = Guest(libvirtd, name, (await libvirtd.ask("domuuid", name)).strip())
        booted.append(made)
        assert await guest.answers(libvirtd, name, 240)
        return made

    yield boot
    for each in booted:
        await libvirtd.tried("destroy", each.name)
