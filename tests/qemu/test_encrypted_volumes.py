"""Encrypted volumes on real libvirt: what opens them is with libvirt only while it is needed."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import shutil
import subprocess
import tempfile
import uuid
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import libvirt
import pytest

from tests.backend.drivers.conftest import Ears
from ticrypt_tui.backend.drivers import driver
from ticrypt_tui.backend.drivers.base import DomainWanted, DriveWanted, HostAddress
from ticrypt_tui.backend.drivers.libvirt.host import LibvirtHost
from ticrypt_tui.backend.drivers.libvirt.secrets import secret_document
from ticrypt_tui.backend.drives import key_slots, qemu_img, rotation
from ticrypt_tui.backend.drives.serials import serial_of
from ticrypt_tui.backend.errors import Failed, NotFound, Refused
from ticrypt_tui.backend.services.drives.formatting import format_drive
from ticrypt_tui.demo.virsh import Libvirt

SIZE = 32 << 20
SERIAL = serial_of("drive-7f3a")
TEXT = "the text of a research file"


@pytest.fixture
async def host(libvirtd: Libvirt) -> AsyncIterator[LibvirtHost]:
    host = driver("libvirt").host(HostAddress("h", "lab", "node1", libvirtd.uri), Ears())
    assert isinstance(host, LibvirtHost)
    yield host
    await host.close()


@pytest.fixture
def pool(connection: libvirt.virConnect) -> Iterator[str]:
    """A pool's name; what is in it, and what runs from it, is gone afterwards."""
    name = f"drives-{secrets.token_hex(4)}"
    folder = Path("/var/lib/libvirt/images") / name
    folder.mkdir(mode=0o711)
    document = f"<pool type='dir'><name>{name}</name><target><path>{folder}</path></target></pool>"
    made = connection.storagePoolDefineXML(document)
    made.create()
    yield name
    for domain in connection.listAllDomains():
        with suppress(libvirt.libvirtError):  # it has just ended
            if str(folder) in domain.XMLDesc():
                domain.destroy()
    with suppress(libvirt.libvirtError):
        made.destroy()
    made.undefine()
    shutil.rmtree(folder)


def folder_of(pool: str) -> Path:
    return Path("/var/lib/libvirt/images") / pool


def passphrase() -> bytes:
    return b64encode(secrets.token_bytes(32))


async def volume(pool: str, key: bytes) -> str:
    """The path of an encrypted volume, made without libvirt, which takes its time."""
    words = ("create", "-f", "luks", "-o", "key-secret=key0,iter-time=10", "d1", str(SIZE))
    assert await qemu_img.run(folder_of(pool), [key], *words) == ""
    return str(folder_of(pool) / "d1")


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(180):
        while True:
            if true():
                break
            await asyncio.sleep(0.01)


def wanted(pool: str, disk: str, *drives: DriveWanted) -> DomainWanted:
    """A VM of its own; from an empty disk it starts at once, and gets no further than its BIOS."""
    identity = str(uuid.uuid4())
    return DomainWanted(
        f"vm-{identity}", pool, 1, 192, disk, "", "qemu", False, disk_format="raw", drives=drives
    )


def empty_disk(pool: str) -> str:
    file = folder_of(pool) / f"empty-{secrets.token_hex(4)}"
    file.touch(mode=0o666)
    os.truncate(file, 1 << 20)
    return str(file)


def lent(connection: libvirt.virConnect, pool: str) -> set[str]:
    """The UUIDs of the secrets that libvirt has for volumes of a pool."""
    found = set()
    for secret in connection.listAllSecrets():
        with suppress(libvirt.libvirtError):  # somebody else's, taken back since
            if pool in secret.XMLDesc():
                found.add(secret.UUIDString())
    return found


@pytest.mark.slow(seconds=12)
async def test_a_volume_is_made_encrypted_and_refused_in_words(
    host: LibvirtHost, pool: str, connection: libvirt.virConnect
) -> None:
    key = passphrase()
    path = await host.create_encrypted_volume(pool, "d1", SIZE, key)
    assert await host.read_volume(path, 4) == b"LUKS"
    (seen,) = await host.volumes(pool)
    assert (seen.path, seen.capacity) == (path, SIZE)
    assert await opened_by(host, path, key) == {key}
    assert not any(map(partial(has, key), Path("/run/libvirt/storage").iterdir()))
    with pytest.raises(Refused, match="has a volume d1 already"):
        await host.create_encrypted_volume(pool, "d1", SIZE, key)
    with pytest.raises(Refused, match="0 bytes"):
        await host.create_encrypted_volume(pool, "d2", 0, key)
    with pytest.raises(Refused, match=r"has \d+ MiB left, and \d+ MiB are asked for"):
        await host.create_encrypted_volume(pool, "d2", 1 << 60, key)
    with pytest.raises(NotFound, match="nowhere"):
        await host.create_encrypted_volume("nowhere", "d2", SIZE, key)
    with pytest.raises(Failed, match="UTF-8"):
        await host.create_encrypted_volume(pool, "d2", SIZE, b"\xff" + key)
    with pytest.raises(NotFound):
        await host.read_volume(f"{path}-gone", 4)
    assert os.listdir(folder_of(pool)) == ["d1"]
    assert lent(connection, pool) == set()
    await host.edit_pool(pool, active=False)
    with pytest.raises(Refused, match=r"is not active\. Start it"):
        await host.create_encrypted_volume(pool, "d2", SIZE, key)


def has(key: bytes, file: Path) -> bool:
    with suppress(OSError):  # a folder, or gone again
        return key in file.read_bytes()
    return False


async def header_bytes(host: LibvirtHost, path: str) -> int:
    return key_slots.header_length(await host.read_volume(path, key_slots.FIRST))


@pytest.mark.slow(seconds=10)
async def test_a_rotated_key_opens_nothing_and_at_each_step_one_of_both_does(
    host: LibvirtHost, pool: str
) -> None:
    old, lost, new = passphrase(), passphrase(), passphrase()
    path = await volume(pool, old)
    await rotation.add_key(host, path, old, lost)  # cut off before the envelope was committed
    assert await opened_by(host, path, old, lost) == {old, lost}
    await rotation.add_key(host, path, old, new)
    assert await opened_by(host, path, old, lost, new) == {old, new}
    await rotation.drop_other_keys(host, path, new)
    assert await opened_by(host, path, old, lost, new) == {new}
    with pytest.raises(Refused, match="does not open"):
        await rotation.add_key(host, path, old, lost)
    await rotation.destroy_keys(host, path)
    with pytest.raises(Refused, match="no LUKS header"):
        await rotation.drop_other_keys(host, path, new)


async def opened_by(host: LibvirtHost, path: str, *keys: bytes) -> set[bytes]:
    header = await host.read_volume(path, await header_bytes(host, path))
    return {key for key in keys if await key_slots.opens(header, key)}


@pytest.mark.slow(seconds=15)
async def test_a_drive_has_one_writer_or_many_readers_and_its_key_is_nowhere(
    host: LibvirtHost, pool: str, connection: libvirt.virConnect
) -> None:
    key, disk = passphrase(), empty_disk(pool)
    path = await volume(pool, key)
    reader = DriveWanted(path, SERIAL, read_only=True, passphrase=key)
    writer = DriveWanted(path, SERIAL, read_only=False, passphrase=key)
    readers = [wanted(pool, empty_disk(pool), reader) for _ in range(2)]
    await asyncio.gather(*map(host.start, readers))  # two secrets for one volume
    with pytest.raises(Refused, match="is open in another VM"):
        await host.start(wanted(pool, disk, writer))
    with pytest.raises(Refused, match="is open in the VM vm-"):
        await rotation.add_key(host, path, key, passphrase())
    assert lent(connection, pool) == set()
    assert traces(connection, readers[0], key) == []
    document = connection.lookupByName(readers[0].vm_id).XMLDesc(libvirt.VIR_DOMAIN_XML_SECURE)
    for each in readers:
        await host.force_off(each.vm_id.removeprefix("vm-"))
    with pytest.raises(libvirt.libvirtError, match="Secret not found"):
        await asyncio.to_thread(connection.createXML, document)
    wrong = DriveWanted(path, SERIAL, read_only=False, passphrase=passphrase())
    gone = DriveWanted(f"{path}-gone", SERIAL, read_only=False, passphrase=key)
    for drive, words in ((wrong, "key does not open"), (gone, "no volume")):
        with pytest.raises(Refused, match=words):
            await host.start(wanted(pool, disk, drive))
    assert lent(connection, pool) == set()


def traces(connection: libvirt.virConnect, vm: DomainWanted, key: bytes) -> list[str]:
    """Where the key can be read of those places in which a started VM shows itself."""
    domain = connection.lookupByName(vm.vm_id)
    process = Path(f"/run/libvirt/qemu/{vm.vm_id}.pid").read_text().strip()
    seen = {
        "XML": domain.XMLDesc(libvirt.VIR_DOMAIN_XML_SECURE).encode(),
        "arguments": Path(f"/proc/{process}/cmdline").read_bytes(),
        "environment": Path(f"/proc/{process}/environ").read_bytes(),
        "log": Path(f"/var/log/libvirt/qemu/{vm.vm_id}.log").read_bytes(),
        "status": Path(f"/run/libvirt/qemu/{vm.vm_id}.xml").read_bytes(),
        "our words": repr(vm).encode(),
    }
    return [place for place, content in seen.items() if key in content]


@pytest.mark.slow(seconds=15)
async def test_what_was_lent_is_taken_back_whatever_happens(
    host: LibvirtHost, pool: str, connection: libvirt.virConnect
) -> None:
    key, now = passphrase(), datetime.now(UTC)
    path = await volume(pool, key)
    drive = DriveWanted(path, SERIAL, read_only=False, passphrase=key)
    gone, kept = str(uuid.uuid4()), str(uuid.uuid4())
    for identity, minutes in ((gone, -1), (kept, 10)):  # of a console that died, and of one at work
        until_then = now + timedelta(minutes=minutes)
        connection.secretDefineXML(secret_document(identity, path, until_then))
    starting = asyncio.create_task(host.start(wanted(pool, empty_disk(pool), drive)))
    await until(lambda: len(lent(connection, pool) - {gone, kept}) == 1)
    assert gone not in lent(connection, pool)
    starting.cancel()
    await until(lambda: lent(connection, pool) == {kept})
    making = asyncio.create_task(host.create_encrypted_volume(pool, "d2", SIZE, key))
    await until(lambda: "d2" in os.listdir(folder_of(pool)))
    making.cancel()
    await until(
        lambda: "d2" not in os.listdir(folder_of(pool)) and lent(connection, pool) == {kept}
    )
    connection.secretLookupByUUIDString(kept).undefine()


@pytest.mark.slow(seconds=30)
async def test_a_drive_is_copied_under_a_new_key_and_the_old_one_does_not_open_it(
    host: LibvirtHost, pool: str, connection: libvirt.virConnect
) -> None:
    old, new = passphrase(), passphrase()
    path = await volume(pool, old)
    content = decrypted(path, old)
    copied = await host.reencrypt_volume(path, old, pool, "d2", new)
    assert decrypted(copied, new) == content
    assert await opened_by(host, copied, old) == set()
    with pytest.raises(Refused, match="key does not open"):
        await host.reencrypt_volume(path, new, pool, "d3", new)
    assert sorted(os.listdir(folder_of(pool))) == ["d1", "d2"]
    assert not any(path in each.XMLDesc() for each in connection.listAllDomains())
    assert lent(connection, pool) == set()


def decrypted(path: str, key: bytes) -> str:
    """The digest of what is in a volume, as qemu-img reads it."""
    read, write = os.pipe()
    os.write(write, key)
    os.close(write)
    opened = f"driver=luks,key-secret=k,file.filename={path}"
    secret = f"secret,id=k,file=/proc/self/fd/{read}"
    with tempfile.TemporaryDirectory() as folder:
        words = ["qemu-img", "convert", "--object", secret, "--image-opts", opened, "-O", "raw"]
        subprocess.run([*words, f"{folder}/out"], check=True, pass_fds=[read], timeout=60)
        os.close(read)
        return hashlib.sha256(Path(folder, "out").read_bytes()).hexdigest()


@pytest.mark.slow(seconds=30)
async def test_a_file_in_a_drive_outlives_its_vm_and_is_nowhere_in_the_volume(
    host: LibvirtHost, pool: str, tiny_guest: Path
) -> None:
    key = passphrase()
    path = await volume(pool, key)
    writer = DriveWanted(path, SERIAL, read_only=False, passphrase=key)
    first = await booted(host, pool, tiny_guest, writer)
    with pytest.raises(Refused, match=r"guest has no mkfs\.xfs\. Install xfsprogs"):
        await format_drive(host, first, SERIAL, "XFS")
    with pytest.raises(Failed, match="no disk with the serial number"):
        await format_drive(host, first, serial_of("another"), "EXT4")
    assert await format_drive(host, first, SERIAL, "EXT4")
    assert not await format_drive(host, first, SERIAL, "EXT4")
    await shell(host, first, f"mount -t ext4 /dev/vdb /mnt && echo '{TEXT}' >/mnt/file && sync")
    await host.force_off(first)
    content = Path(path).read_bytes()
    assert (content[:4], TEXT.encode() in content) == (b"LUKS", False)
    reader = DriveWanted(path, SERIAL, read_only=True, passphrase=key)
    second = await booted(host, pool, tiny_guest, reader)
    assert await shell(host, second, "mount -o ro,noload /dev/vdb /mnt && cat /mnt/file") == TEXT
    ended = await host.run_in_guest(second, ["/bin/sh", "-c", "echo no >/dev/vdb"])
    assert ended.exit_code != 0


async def booted(host: LibvirtHost, pool: str, image: Path, drive: DriveWanted) -> str:
    """The UUID of a VM that runs the tiny Linux and has a drive."""
    disk = await asyncio.to_thread(shutil.copyfile, image, folder_of(pool) / secrets.token_hex(4))
    vm = replace(wanted(pool, str(disk), drive), disk_format="qcow2")
    await host.start(vm)
    identity = vm.vm_id.removeprefix("vm-")
    async with asyncio.timeout(180):
        while True:
            if await host.agent_answers(identity):
                return identity
            await asyncio.sleep(0.3)


async def shell(host: LibvirtHost, identity: str, words: str) -> str:
    ended = await host.run_in_guest(identity, ["/bin/sh", "-c", f"mkdir -p /mnt; {words}"])
    assert ended.exit_code == 0, ended.errors
    return ended.output.strip()
