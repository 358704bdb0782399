"""Storage pools and volumes of a real libvirt: what is made is there, what is refused is not."""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import libvirt
import pytest

from ticrypt_tui.backend.caller import Origin
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.founding import found
from ticrypt_tui.config.settings import load_settings
from ticrypt_tui.demo.virsh import Libvirt

CONFIGURATION = """
[database]
url = "sqlite+aiosqlite:///{folder}/console.db"

[audit]
file = "{folder}/audit.jsonl"
heartbeat = "off"

[[realms]]
id = "lab"
name = "Lab"
volumes_pool = "{name}"
volume_os = [{{ match = "ubuntu-*", os = "linux" }}]
"""


@pytest.fixture
def name() -> str:
    return f"storage-{secrets.token_hex(4)}"


@pytest.fixture
def connection(libvirtd: Libvirt, name: str) -> Iterator[libvirt.virConnect]:
    """The test's own way to libvirt; at the end no pool of the test's is left."""
    opened = libvirt.open(libvirtd.uri)
    yield opened
    for pool in opened.listAllStoragePools():
        if pool.name().startswith(name):
            if pool.isActive():
                pool.destroy()
            pool.undefine()
    opened.close()


@pytest.fixture
async def enclave(
    tmp_path: Path, origin: Origin, name: str, libvirtd: Libvirt, connection: libvirt.virConnect
) -> AsyncIterator[Enclave]:
    """A console with one host, this machine."""
    file = tmp_path / "ticrypt-tui.toml"
    file.write_text(CONFIGURATION.format(folder=tmp_path, name=name))
    settings = load_settings(file)
    await found(settings, origin)
    opened = await Enclave.open(settings, origin=origin, data=tmp_path)
    await opened.run("host.create", {"realm": "lab", "name": "here", "uri": libvirtd.uri})
    await opened.settled()
    yield opened
    await opened.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "pool"
    made.mkdir()
    return made


VOLUME = """
<volume><name>drive.raw</name><capacity unit='MiB'>1</capacity>
  <target><format type='raw'/></target></volume>
"""


def wanted(name: str, target: Path, **more: str) -> dict[str, str]:
    return {"realm": "lab", "name": name, "tier": "volumes", "target": str(target), **more}


async def rows(enclave: Enclave, tab: str) -> list[Any]:
    return list((await enclave.listing(tab)).rows)


async def test_a_pool_is_made_runs_and_is_deleted_again(
    enclave: Enclave, connection: libvirt.virConnect, name: str, folder: Path
) -> None:
    await enclave.run("pool.create", wanted(name, folder, quota="2 TiB"))
    (row,) = await rows(enclave, "pools")
    pool = connection.storagePoolLookupByName(name)
    assert pool.isActive()
    assert (row.state, row.autostart, row.quota_bytes) == ("running", "yes", 2**41)
    assert (row.capacity, row.hosts) == (pool.info()[1], ("here",))

    await enclave.run("pool.delete", {"pool": name})

    assert name not in [each.name() for each in connection.listAllStoragePools()]
    assert folder.is_dir()


async def test_a_file_system_on_a_device_is_made_a_pool_and_let_go_again(
    enclave: Enclave, connection: libvirt.virConnect, name: str, folder: Path, device: str
) -> None:
    subprocess.run(["mkfs.ext4", "-q", device], check=True, timeout=60)
    await enclave.run("pool.create", wanted(name, folder, type="fs", source=device))
    (row,) = await rows(enclave, "pools")
    assert (row.type, row.source, row.state) == ("fs", device, "running")
    assert os.path.ismount(folder)
    pool = connection.storagePoolLookupByName(name)
    pool.createXML(VOLUME)
    with pytest.raises(Refused, match=r"1 volume is on it, as here shows: drive\.raw"):
        await enclave.run("pool.delete", {"pool": name})
    pool.storageVolLookupByName("drive.raw").delete()

    await enclave.run("pool.delete", {"pool": name})

    assert not os.path.ismount(folder)
    assert await rows(enclave, "pools") == []


async def test_a_device_without_a_file_system_is_refused_and_leaves_nothing(
    enclave: Enclave, connection: libvirt.virConnect, name: str, folder: Path, device: str
) -> None:
    with pytest.raises(Refused, match=f"wrong fs type.* on {device}"):
        await enclave.run("pool.create", wanted(name, folder, type="fs", source=device))
    assert name not in [each.name() for each in connection.listAllStoragePools()]
    assert await rows(enclave, "pools") == []


@pytest.mark.parametrize(
    ("kind", "target", "source"),
    [("netfs", "{folder}", "127.0.0.1:/export"), ("logical", "/dev/{name}", "")],
)
async def test_a_type_that_the_host_cannot_make_is_refused_with_the_listed_reason(
    enclave: Enclave, name: str, folder: Path, kind: str, target: str, source: str
) -> None:
    """Both want a tool and a part of the kernel: NFS and its mount, LVM and the device mapper."""
    types = {row.id: row for row in await rows(enclave, "pooltypes")}
    if types[kind].hosts:
        pytest.skip(f"this machine can make pools of type {kind}")
    place = Path(target.format(folder=folder, name=name))
    with pytest.raises(Refused) as refusal:
        await enclave.run("pool.create", wanted(name, place, type=kind, source=source))
    assert refusal.value.sentence == f"A pool of type {kind} cannot be made: {types[kind].why_not}"
    assert refusal.value.about == "type"


async def test_a_target_that_is_not_there_is_one_sentence_and_leaves_nothing(
    enclave: Enclave, connection: libvirt.virConnect, name: str, folder: Path
) -> None:
    with pytest.raises(Refused) as refusal:
        await enclave.run("pool.create", wanted(name, folder / "missing"))
    assert refusal.value.sentence == f"Host here has no {folder}/missing."
    assert refusal.value.about == "target"
    assert name not in [each.name() for each in connection.listAllStoragePools()]


async def test_a_target_that_is_not_there_is_made_where_that_is_wanted(
    enclave: Enclave, name: str, folder: Path
) -> None:
    await enclave.run("pool.create", wanted(name, folder / "new", make="yes"))
    assert (folder / "new").is_dir()


async def test_a_pool_with_volumes_is_not_deleted_and_they_are_named(
    enclave: Enclave, connection: libvirt.virConnect, name: str, folder: Path
) -> None:
    await enclave.run("pool.create", wanted(name, folder))
    (folder / "data.raw").write_bytes(bytes(2**20))
    with pytest.raises(Refused, match=r"1 volume is on it, as here shows: data\.raw"):
        await enclave.run("pool.delete", {"pool": name})
    assert connection.storagePoolLookupByName(name).isActive()


async def test_it_is_stopped_and_started_by_an_edit(
    enclave: Enclave, connection: libvirt.virConnect, name: str, folder: Path
) -> None:
    await enclave.run("pool.create", wanted(name, folder))
    await enclave.run("pool.edit", {"pool": name, "active": "no", "autostart": "no"})
    pool = connection.storagePoolLookupByName(name)
    assert (pool.isActive(), pool.autostart()) == (0, 0)
    (row,) = await rows(enclave, "pools")
    assert (row.state, row.autostart) == ("inactive", "no")
    await enclave.run("pool.edit", {"pool": name, "active": "yes"})
    assert connection.storagePoolLookupByName(name).isActive()


async def test_what_cannot_be_made_here_is_listed_with_a_reason(enclave: Enclave) -> None:
    types = {row.id: row for row in await rows(enclave, "pooltypes")}
    assert types["dir"].hosts == ("here",)
    assert types["iscsi"].note == (
        "not here: No volume can be created in such a pool, and so no drive."
    )
    assert all(row.hosts or row.why_not for row in types.values())


async def test_volumes_are_discovered_whatever_their_names(
    enclave: Enclave, name: str, folder: Path
) -> None:
    await enclave.run("pool.create", wanted(name, folder))
    odd = [b"ubuntu-24.04.raw", b"fen\xeatre.raw", b"[bold]\xe2\x80\xae.raw", b"two\nlines.raw"]
    for each in odd:
        (folder / os.fsdecode(each)).write_bytes(bytes(2**20))
    enclave.refresh()

    async def all_there() -> bool:
        return len(await rows(enclave, "volumes")) == len(odd)

    assert await enclave.until(all_there, 60)
    found = {row.name: row for row in await rows(enclave, "volumes")}
    assert found["ubuntu-24.04.raw"].os_said_by == "rule ubuntu-*"
    assert found["fen\\xeatre.raw"].escaped
    assert {row.capacity for row in found.values()} == {2**20}
    for row in found.values():
        assert "<volume" in await enclave.run("volume.view_xml", {"volume": row.id})
        await enclave.detail("volumes", row.id)


async def test_a_pool_that_somebody_takes_away_is_missing(
    enclave: Enclave, connection: libvirt.virConnect, name: str, folder: Path
) -> None:
    await enclave.run("pool.create", wanted(name, folder))
    pool = connection.storagePoolLookupByName(name)
    pool.destroy()
    pool.undefine()
    enclave.refresh()

    async def missing() -> bool:
        return [row.state for row in await rows(enclave, "pools")] == ["missing"]

    assert await enclave.until(missing, 60)
