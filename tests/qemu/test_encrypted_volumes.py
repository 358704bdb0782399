"""Encrypted volumes on real libvirt: what opens them is with libvirt only while it is needed."""

from __future__ import annotations

import os
import secrets
import shutil
import uuid
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import libvirt
import pytest

from tests.backend.drivers.conftest import Ears
from ticrypt_tui.backend.drivers import driver
from ticrypt_tui.backend.drivers.base import DomainWanted, DriveWanted, HostAddress
from ticrypt_tui.backend.drivers.libvirt.host import LibvirtHost
from ticrypt_tui.backend.drives import key_slots
from ticrypt_tui.backend.drives.serials import serial_of
from ticrypt_tui.backend.errors import Failed, NotFound, Refused
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
    made = connection.storagePoolCreateXML(document)
    yield name
    for domain in connection.listAllDomains():
        with suppress(libvirt.libvirtError):  # it has just ended
            if str(folder) in domain.XMLDesc():
                domain.destroy()
    with suppress(libvirt.libvirtError):
        made.destroy()
    shutil.rmtree(folder)


def folder_of(pool: str) -> Path:
    return Path("/var/lib/libvirt/images") / pool


def passphrase() -> bytes:
    return b64encode(secrets.token_bytes(32))


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


def ours(connection: libvirt.virConnect) -> list[str]:
    """The secrets of the console that libvirt has."""
    found = []
    for secret in connection.listAllSecrets():
        with suppress(libvirt.libvirtError):
            found.append(secret.usageID())
    return [each for each in found if each.startswith("/ticrypt-tui/")]


@pytest.mark.slow(seconds=12)
async def test_a_volume_is_made_encrypted_and_refused_in_words(
    host: LibvirtHost, pool: str, connection: libvirt.virConnect
) -> None:
    key = passphrase()
    path = await host.create_encrypted_volume(pool, "d1", SIZE, key)
    assert await host.read_volume(path, 4) == b"LUKS"
    (seen,) = await host.volumes(pool)
    assert (seen.path, seen.capacity) == (path, SIZE)
    header = await host.read_volume(path, await header_bytes(host, path))
    assert await key_slots.opens(header, key)
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
    assert ours(connection) == []


async def header_bytes(host: LibvirtHost, path: str) -> int:
    return key_slots.header_length(await host.read_volume(path, key_slots.FIRST))
