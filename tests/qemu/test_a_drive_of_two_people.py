"""A drive from its making until it is unshared: two OS users, two processes, two homes, one guest.

The console of the super-admin, who is root here and holds no key, stays open beside them.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import libvirt
import pytest

from tests.accounts import Account, admit
from tests.backend import canary
from tests.qemu.conftest import secrets_of
from ticrypt_tui.backend.drives import key_slots
from ticrypt_tui.backend.drives.envelope import open_envelope
from ticrypt_tui.backend.drives.identity import Identity
from ticrypt_tui.backend.drives.key_file import read
from ticrypt_tui.backend.drives.manifest import read_manifest
from ticrypt_tui.backend.drives.serials import serial_of
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Refused, Unanswered
from ticrypt_tui.backend.store.tables.data import DriveEnvelope
from ticrypt_tui.config.settings import Settings

FORWARDER = Path(__file__).parents[1] / "backend/drivers/libvirt/forwarder.py"
SECRET = "what the researchers found"
REFUSED = 3


@dataclass(frozen=True, slots=True)
class Person:
    """An OS user with a home of his own, and the passphrase of his key."""

    login: str
    home: Path
    file: Path

    @property
    def passphrase(self) -> str:
        return f"the passphrase of {self.login}"

    @property
    def data(self) -> Path:
        return self.home / "ticrypt-tui"

    def types(self, *words: str) -> subprocess.CompletedProcess[str]:
        """What the program does with these words, with his passphrase on a pipe."""
        source, sink = os.pipe()
        os.write(sink, f"{self.passphrase}\n".encode())
        os.close(sink)
        program = ("-m", "ticrypt_tui", *words, "--passphrase-fd", str(source))
        try:
            return Account(self.login, self.home).does(*program, file=self.file, kept=[source])
        finally:
            os.close(source)

    async def does(self, *words: str) -> str:
        """What the program says, which has done it; it is also kept."""
        done = await asyncio.to_thread(self.types, *words)
        with (self.home / "said").open("a", encoding="utf-8") as said:
            said.write(f"{done.stdout}{done.stderr}")
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    async def cannot(self, *words: str) -> str:
        """What the program says, which has refused it."""
        done = await asyncio.to_thread(self.types, *words)
        assert done.returncode == REFUSED, f"{words}: {done.stdout}{done.stderr}"
        return done.stderr

    def reads(self, file: Path) -> bool:
        """Whether he can read a file by himself."""
        who = pwd.getpwnam(self.login)
        command = ["cat", str(file)]
        done = subprocess.run(
            command, capture_output=True, check=False, timeout=60,
            user=who.pw_uid, group=who.pw_gid, extra_groups=[],
        )  # fmt: skip
        return done.returncode == 0

    def identity(self) -> Identity:
        """His private key, for who has its file and the passphrase of that."""
        with tempfile.TemporaryDirectory() as own:  # a key file is read by its owner alone
            mine = Path(shutil.copytree(self.data / "keys", Path(own) / "keys"))
            return read(mine / "identity.age", self.passphrase)

    def passphrase_of(self, version: DriveEnvelope) -> bytes:
        """What opens a version of a drive, by his key."""
        manifest = read_manifest(version.manifest)
        secret = open_envelope(
            version.envelope, self.identity(),
            drive_id=manifest.drive_id, key_version=manifest.key_version,
        )  # fmt: skip
        return bytes(secret.passphrase)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder that others may enter: pytest closes its own to them whenever it starts."""
    folder = Path(tempfile.mkdtemp(prefix="two-people-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
async def door(enclave: Enclave, tmp_path: Path) -> AsyncIterator[Path]:
    """A socket by which anybody reaches libvirt, which would ask polkit who he is."""
    path = tmp_path / "libvirt"
    command = [sys.executable, str(FORWARDER), str(path), "/run/libvirt/libvirt-sock"]
    forwarder = subprocess.Popen(command, umask=0)

    async def answers() -> bool:
        if path.exists():
            with suppress(Unanswered):  # a busy machine may need another look
                await enclave.run("host.edit", {"host": "here", "uri": uri})
                return True
        return False

    uri = f"qemu+unix:///system?socket={path}"
    try:
        assert await enclave.until(answers, 120)
        await enclave.settled()
        yield path
    finally:
        forwarder.kill()
        forwarder.wait(30)


@pytest.fixture
def people(settings: Settings, door: Path, tmp_path: Path) -> tuple[Person, Person]:
    """Two users of the enclave that root has opened, who can write its files and nothing else."""
    for file in (tmp_path, *tmp_path.iterdir()):
        if file.name not in ("mine", door.name):
            file.chmod(0o777 if file.is_dir() else 0o666)
    admit(tmp_path)
    games, news = (Account.made(login, tmp_path) for login in ("games", "news"))
    file = tmp_path / "ticrypt-tui.toml"
    return Person(games.login, games.home, file), Person(news.login, news.home, file)


async def in_guest(enclave: Enclave, vm_id: str, script: str) -> str:
    """What a script prints in the guest; raises where it fails."""
    row: Any = await enclave.find("vm", vm_id)
    host = enclave.watch.host(row.host_id)
    done = await host.run_in_guest(row.uuid, ["/bin/sh", "-ec", script])
    assert done.exit_code == 0, done.errors
    return done.output


def mounting(drive_id: str, then: str) -> str:
    """A script for a guest: mount the drive, which its serial tells, and do something there."""
    serial = serial_of(drive_id)
    find = f"disk=/dev/$(basename $(dirname $(grep -lx {serial} /sys/block/*/serial)))"
    return f"{find}; mkdir -p /drive; mount $disk /drive; {then}; umount /drive"


async def off(enclave: Enclave, vm_id: str) -> None:
    await enclave.run("vm.shutdown", {"vm": vm_id, "force": True})

    async def gone() -> bool:
        return [each.id for each in (await enclave.listing("past")).rows].count(vm_id) == 1

    assert await enclave.until(gone, 60)


@pytest.mark.slow(seconds=90)
@pytest.mark.timeout(900)
async def test_a_drive_is_shared_between_two_and_then_is_not(
    enclave: Enclave, connection: libvirt.virConnect, name: str, people: tuple[Person, Person]
) -> None:
    maker, other = people
    folder = Path("/var/lib/libvirt/images") / name
    for person in people:
        await enclave.run("user.create", {"login": person.login, "name": person.login})
    flash = {"realm": "lab", "name": f"{name}-f", "tier": "flash", "target": str(folder / "flash")}
    (folder / "flash").mkdir(mode=0o711)
    await enclave.run("pool.create", flash)
    await asyncio.gather(*(each.does("keys", "new") for each in people))
    drive = ("--realm", "lab", "--tier", "flash", "--size", "32 MiB", "--format", "EXT4")
    await maker.does("run", "drive.create", "--name", "genome", *drive)
    genome: Any = await enclave.find("drive", "genome")
    await owned(enclave, maker, "alpha")
    vm_id = (await maker.does("run", "config.start", "alpha")).split()[-1]
    await in_guest(enclave, vm_id, mounting(genome.id, f"echo '{SECRET}' >/drive/found"))
    assert secrets_of(connection, folder) == []
    await off(enclave, vm_id)

    (volume,) = (folder / "flash").iterdir()
    content = volume.read_bytes()
    assert content.startswith(b"LUKS")
    assert SECRET.encode() not in content
    for one, another in ((maker, other), (other, maker)):
        assert one.reads(one.data / "keys/identity.age")
        assert not one.reads(another.data / "keys/identity.age")

    await owned(enclave, other, "beta", drives=False)
    with pytest.raises(Refused, match=r"You hold no key to this drive.*games can"):
        await enclave.run("drive.share", {"drive": "genome", "user": "news"})
    said = await other.cannot("run", "drive.share", "genome", "--user", "news")
    assert "You hold no key to this drive" in said
    await maker.does("run", "drive.share", "genome", "--user", "news")
    await other.does("run", "config.edit", "beta", "--drives", "genome:rw")
    vm_id = (await other.does("run", "config.start", "beta")).split()[-1]
    assert SECRET in await in_guest(enclave, vm_id, mounting(genome.id, "cat /drive/found"))
    await off(enclave, vm_id)

    kept = other.passphrase_of(await newest(enclave, genome.id))
    await maker.does("run", "drive.unshare", "genome", "--user", "news")
    now = maker.passphrase_of(await newest(enclave, genome.id))
    content = volume.read_bytes()
    header = content[: key_slots.header_length(content)]
    assert [await key_slots.opens(header, each) for each in (kept, now)] == [False, True]
    refused = await other.cannot("run", "config.start", "beta")
    assert all(each in refused for each in ("genome", "games"))
    assert left_behind(people, volume, kept, now) == []


def left_behind(people: tuple[Person, Person], volume: Path, *passphrases: bytes) -> list[str]:
    """The files in which somebody's private key, or what opens the drive, can be read."""
    keys = [form for each in passphrases for form in canary.of_drive(each)]
    for person in people:
        keys += [*canary.of_identity(person.identity()), person.passphrase.encode()]
    logs = Path("/var/log/libvirt/qemu").glob("vm-*.log")
    return canary.traces(keys, volume, people[0].home.parent, *logs)


async def owned(enclave: Enclave, person: Person, name: str, *, drives: bool = True) -> None:
    """A configuration of a person's, with the drive or without."""
    attached = {"drives": "genome:rw"} if drives else {}
    wanted = {"name": name, "setup": "tiny", "owner": person.login, **attached}
    await enclave.run("config.create", wanted)


async def newest(enclave: Enclave, drive_id: str) -> DriveEnvelope:
    """The newest version of a drive's key, as it is in the store."""
    async with enclave.database.read() as session:
        number = 1
        while await session.get(DriveEnvelope, (drive_id, number + 1)) is not None:
            number += 1
        return await session.get_one(DriveEnvelope, (drive_id, number))
