"""Drives on real libvirt and in real guests: made, written, read again, destroyed, and cut off."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import libvirt
import pytest

from tests.backend.services.drive_play import CHEAP, PASSPHRASE, give_key
from tests.qemu.conftest import secrets_of
from ticrypt_tui.backend.caller import Role, present_origin
from ticrypt_tui.backend.drives.key_ring import KeyRing
from ticrypt_tui.backend.drives.serials import serial_of
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.services.drives import unfinished
from ticrypt_tui.backend.store.tables.people import User, UserKey
from ticrypt_tui.config.settings import Settings

WANTED = {"realm": "lab", "tier": "flash", "size": "32 MiB", "format": "EXT4"}


@pytest.fixture
async def flash(enclave: Enclave, name: str) -> Path:
    """The folder of a pool of the tier `flash`, empty; the super-admin has a key."""
    folder = Path("/var/lib/libvirt/images") / name / "flash"
    folder.mkdir(mode=0o711)
    wanted = {"realm": "lab", "name": f"{name}-f", "tier": "flash", "target": str(folder)}
    await enclave.run("pool.create", wanted)
    await give_key(enclave)
    return folder


async def in_guest(enclave: Enclave, vm_id: str, drive_id: str, script: str) -> tuple[int, str]:
    """How a script ends in the guest, which knows the drive's disk as `$disk`."""
    row: Any = await enclave.find("vm", vm_id)
    find = f"/dev/$(basename $(dirname $(grep -lx {serial_of(drive_id)} /sys/block/*/serial)))"
    command = ["/bin/sh", "-ec", f"disk={find}; mkdir -p /drive; {script}"]
    done = await enclave.watch.host(row.host_id).run_in_guest(row.uuid, command)
    return done.exit_code, f"{done.output}{done.errors}"


async def events(enclave: Enclave, vm_id: str) -> str:
    return "\n".join((await enclave.detail("running", vm_id)).sections[-1].lines)


async def off(enclave: Enclave, vm_id: str) -> None:
    await enclave.run("vm.shutdown", {"vm": vm_id, "force": True})

    async def detached() -> bool:
        rows: Any = (await enclave.listing("drives")).rows
        return all(row.state == "detached" for row in rows)

    assert await enclave.until(detached, 60)


@pytest.mark.slow(seconds=60)
async def test_a_drive_is_formatted_once_keeps_its_files_and_is_destroyed(
    enclave: Enclave, connection: libvirt.virConnect, flash: Path
) -> None:
    first, second = await asyncio.gather(
        *(enclave.run("drive.create", {**WANTED, "name": name}) for name in ("one", "two"))
    )
    assert {file.name for file in flash.iterdir()} == {f"{first}.luks", f"{second}.luks"}
    await enclave.run("config.edit", {"config": "tiny", "drives": ["one:rw", "two:ro"]})
    vm_id = await enclave.run("config.start", {"config": "tiny"})
    told = await events(enclave, vm_id)
    assert ("EXT4 made" in told, "drive two" in told) == (True, False)
    code, said = await in_guest(
        enclave, vm_id, first, "mount $disk /drive; echo findings >/drive/file; umount /drive"
    )
    assert code == 0, said
    code, said = await in_guest(enclave, vm_id, second, "echo x >$disk")
    assert code != 0, "a drive that is attached read-only was written"
    assert secrets_of(connection, flash) == []
    await off(enclave, vm_id)

    vm_id = await enclave.run("config.start", {"config": "tiny"})
    assert "EXT4 made" not in await events(enclave, vm_id)
    assert await in_guest(enclave, vm_id, first, "mount $disk /drive; cat /drive/file") == (
        0,
        "findings\n",
    )
    await off(enclave, vm_id)
    await enclave.run("drive.delete", {"drive": "one"})
    assert [file.name for file in flash.iterdir()] == [f"{second}.luks"]


@pytest.mark.slow(seconds=20)
async def test_a_drive_whose_console_was_killed_is_given_back(
    enclave: Enclave, settings: Settings, flash: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(unfinished, "SETTLED", timedelta(0))
    here = present_origin()
    ring = KeyRing(tmp_path / "theirs/ticrypt-tui/keys", timedelta(minutes=5))
    keys = await ring.create(PASSPHRASE, CHEAP)
    async with enclave.change() as session:
        them = User(login=here.login, name=here.login, role=Role.USER)
        session.add(them)
        await session.flush()
        session.add(
            UserKey(
                user_id=them.id, number=1, fingerprint=keys.fingerprint,
                encryption_key=keys.encryption, signing_key=keys.signing,
            )
        )  # fmt: skip
    words = [f"--{name}={value}" for name, value in {**WANTED, "name": "cut"}.items()]
    process = console(settings, tmp_path, "run", "drive.create", *words)

    async def in_libvirt() -> bool:
        return any(flash.iterdir())

    assert await _until(in_libvirt), process.communicate(timeout=60)
    process.send_signal(signal.SIGKILL)
    await asyncio.to_thread(process.communicate, None, 60)

    later = await Enclave.open(settings, origin=here, data=tmp_path / "later")
    try:
        await later.settled()

        async def given_back() -> bool:
            await later.unfinished_drives.look()
            row: Any = await later.find("drive", "cut")
            return (row.state, row.state_detail) == ("failed", unfinished.DIED)

        assert await _until(given_back)
    finally:
        await later.close()
    assert list(flash.iterdir()) == []


async def _until(check: Any) -> bool:
    """Whether something came to hold within a minute, though nobody tells of it."""
    for _ in range(1200):
        if await check():
            return True
        await asyncio.sleep(0.05)
    return False


def console(settings: Settings, tmp_path: Path, *words: str) -> subprocess.Popen[str]:
    """The program as another process, which is given the passphrase on a pipe."""
    source, sink = os.pipe()
    os.write(sink, f"{PASSPHRASE}\n".encode())
    os.close(sink)
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "theirs")}
    command = [sys.executable, "-m", "ticrypt_tui", "--config", str(settings.path), *words]
    try:
        return subprocess.Popen(
            [*command, "--passphrase-fd", str(source)], env=environment, pass_fds=[source],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
    finally:
        os.close(source)
