"""Storage pools of every type that this machine can make, and volumes of every name."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.backend.drivers.conftest import Ears
from ticrypt_tui.backend.drivers import driver
from ticrypt_tui.backend.drivers.base import HostAddress
from ticrypt_tui.backend.drivers.libvirt.host import LibvirtHost
from ticrypt_tui.backend.drivers.stored import PoolSeen, PoolState, PoolType
from ticrypt_tui.backend.errors import NotFound, Refused, TicryptError, WrongUse

MIB = 2**20
ODD = {
    b"plain.img": ("plain.img", False),
    b"caf\xe9.img": (r"caf\xe9.img", True),
    b"back\\slash\xff": (r"back\x5cslash\xff", True),
    b"new\nline.img": ("new\nline.img", False),
    "c1\u009b2J".encode(): ("c1\u009b2J", False),
    b"[bold]": ("[bold]", False),
    b"-m": ("-m", False),
    "n\ufffe".encode(): ("n\ufffe", False),
}


@pytest.fixture
async def host(libvirtd: object) -> AsyncIterator[LibvirtHost]:
    if os.geteuid() != 0:
        pytest.skip("only root may mount, and use the system's libvirt")
    host = driver("libvirt").host(HostAddress("h", "lab", "node1", "qemu:///system"), Ears())
    assert isinstance(host, LibvirtHost)
    yield host
    await host.close()


@pytest.fixture
def name(host: LibvirtHost) -> Iterator[str]:
    """The name of a pool that is gone at the end."""
    name = f"storage-{secrets.token_hex(4)}"
    yield name
    for step in ("pool-destroy", "pool-undefine"):
        run("virsh", "-c", "qemu:///system", step, name, check=False)


def run(*command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=check, timeout=60)


async def seen(host: LibvirtHost, name: str) -> PoolSeen:
    (pool,) = [each for each in await host.pools() if each.name == name]
    return pool


async def type_of(host: LibvirtHost, name: str) -> PoolType:
    (found,) = [each for each in await host.pool_types() if each.name == name]
    return found


async def test_every_type_is_listed_with_the_reason_why_not(host: LibvirtHost) -> None:
    types = await host.pool_types()
    assert {"dir", "fs", "netfs", "logical", "iscsi", "rbd"} <= {each.name for each in types}
    assert all(bool(each.why_not) is not each.available for each in types)
    assert [each.available for each in types] == sorted(
        (each.available for each in types), reverse=True
    )
    assert (await type_of(host, "dir")).available
    assert (await type_of(host, "iscsi")).why_not.startswith("No volume can be created")


async def test_a_target_that_is_not_there_is_refused_in_a_sentence_and_leaves_nothing(
    host: LibvirtHost, name: str, tmp_path: Path
) -> None:
    with pytest.raises(Refused) as refusal:
        await host.create_pool(name, "dir", str(tmp_path / "missing"))
    assert refusal.value.sentence == f"Host node1 has no {tmp_path}/missing."
    assert name not in {each.name for each in await host.pools()}


@pytest.mark.parametrize(
    ("kind", "target", "source", "complaint"),
    [
        ("dir", "relative", "", "relative is no absolute path"),
        ("dir", "/srv/a\nb", "", "has characters that no pool can have"),
        ("fs", "/srv/x", "", "type fs needs a source: a device"),
        ("logical", "/srv/x", "", "not the folder of a volume group"),
        ("netfs", "/srv/x", "server", "server is not like server:/folder"),
    ],
)
async def test_what_no_pool_can_be_made_of_is_wrong_use(
    host: LibvirtHost, name: str, kind: str, target: str, source: str, complaint: str
) -> None:
    with pytest.raises(WrongUse, match=complaint):
        await host.create_pool(name, kind, target, source)


async def test_a_folder_is_made_when_asked_and_is_no_second_pools(
    host: LibvirtHost, name: str, tmp_path: Path
) -> None:
    target = str(tmp_path / "new")
    await host.create_pool(name, "dir", target, make=True)
    pool = await seen(host, name)
    assert (pool.target, pool.state, pool.autostart) == (target, PoolState.RUNNING, True)
    with pytest.raises(Refused, match=f"conflict with pool: '{name}'"):
        await host.create_pool(f"{name}-2", "dir", target)
    assert f"<path>{target}</path>" in await host.pool_document(name)


async def test_a_pool_is_stopped_started_and_kept_from_starting_by_itself(
    host: LibvirtHost, name: str, tmp_path: Path
) -> None:
    await host.create_pool(name, "dir", str(tmp_path))
    await host.edit_pool(name, autostart=False, active=False)
    pool = await seen(host, name)
    assert (pool.active, pool.state, pool.autostart) == (False, PoolState.INACTIVE, False)
    with pytest.raises(Refused, match="not active"):
        await host.volumes(name)
    await host.edit_pool(name, active=True)
    pool = await seen(host, name)
    assert (pool.active, pool.autostart) == (True, False)
    assert 0 < pool.available <= pool.capacity
    with pytest.raises(NotFound, match="node1"):
        await host.edit_pool("no-such-pool", active=True)


@pytest.mark.parametrize("active", [True, False])
async def test_only_an_empty_pool_is_deleted_and_its_folder_stays(
    host: LibvirtHost, name: str, tmp_path: Path, active: bool
) -> None:
    await host.create_pool(name, "dir", str(tmp_path))
    file = tmp_path / "disk.img"
    file.write_bytes(b"x" * 1000)
    await host.edit_pool(name, active=active)
    with pytest.raises(Refused, match=rf"Pool {name} is not empty: it has disk\.img\."):
        await host.delete_pool(name)
    assert (await seen(host, name)).active is active
    file.unlink()
    await host.delete_pool(name)
    assert name not in {each.name for each in await host.pools()}
    assert tmp_path.is_dir()


async def test_a_pool_whose_folder_is_gone_can_be_deleted(
    host: LibvirtHost, name: str, tmp_path: Path
) -> None:
    await host.create_pool(name, "dir", str(tmp_path / "gone"), make=True)
    shutil.rmtree(tmp_path / "gone")
    with pytest.raises(TicryptError, match="No such file"):
        await host.volumes(name)
    await host.delete_pool(name)
    assert name not in {each.name for each in await host.pools()}


async def test_volumes_of_every_name_are_listed_and_told_of(
    host: LibvirtHost, name: str, tmp_path: Path
) -> None:
    for file in ODD:
        with open(os.path.join(bytes(tmp_path), file), "wb") as volume:
            volume.write(b"x" * 1000)
    await host.create_pool(name, "dir", str(tmp_path))
    volumes = await host.volumes(name)
    assert {(each.name, each.escaped) for each in volumes} == set(ODD.values())
    assert {each.capacity for each in volumes} == {1000}
    assert {each.format for each in volumes} == {"raw"}
    assert {each.path for each in volumes} == {f"{tmp_path}/{each}" for each, _ in ODD.values()}
    for each in volumes:
        assert "<volume" in await host.volume_document(name, each.name)
    with pytest.raises(Refused, match=r"it has -m, \[bold\], back\\x5cslash\\xff"):
        await host.delete_pool(name)


async def test_a_volume_names_what_it_stands_on(
    host: LibvirtHost, name: str, tmp_path: Path
) -> None:
    below, above = str(tmp_path / "below.qcow2"), str(tmp_path / "above.qcow2")
    run("qemu-img", "create", "-f", "qcow2", below, "8M")
    run("qemu-img", "create", "-f", "qcow2", "-b", below, "-F", "qcow2", above)
    await host.create_pool(name, "dir", str(tmp_path))
    first, second = await host.volumes(name)
    assert (first.name, first.backing, second.backing) == ("above.qcow2", below, "")
    assert (first.format, first.capacity) == ("qcow2", 8 * MIB)
    assert first.allocation < MIB


async def test_a_file_system_on_a_device_is_a_pool(
    host: LibvirtHost, name: str, device: str, tmp_path: Path
) -> None:
    target = str(tmp_path / "mounted")
    with pytest.raises(Refused, match=f"Pool {name} was not made.*mount point does not exist"):
        await host.create_pool(name, "fs", target, device)
    with pytest.raises(Refused, match=f"wrong fs type.* on {device}"):
        await host.create_pool(name, "fs", target, device, make=True)
    run("mkfs.ext4", "-q", device)
    await host.create_pool(name, "fs", target, device)
    pool = await seen(host, name)
    assert (pool.type, pool.source, pool.active) == ("fs", device, True)
    assert 0 < pool.capacity < 32 * MIB
    assert await host.volumes(name) == ()
    with pytest.raises(Refused, match=f"{name} already, at {target} from {device}, of type fs"):
        await host.create_pool(name, "fs", target, "/dev/another")
    await host.delete_pool(name)
    assert not os.path.ismount(target)


async def test_a_volume_group_on_a_device_is_a_pool(
    host: LibvirtHost, name: str, device: str
) -> None:
    kind = await type_of(host, "logical")
    if not kind.available:
        assert re.search("has no working LVM: |has no device mapper", kind.why_not)
        with pytest.raises(
            Refused, match=rf"logical cannot be created\. {re.escape(kind.why_not)}"
        ):
            await host.create_pool(name, "logical", f"/dev/{name}", device, make=True)
        pytest.skip(kind.why_not)
    try:
        await host.create_pool(name, "logical", f"/dev/{name}", device, make=True)
        pool = await seen(host, name)
        assert (pool.type, pool.target, pool.source) == ("logical", f"/dev/{name}", device)
        run("lvcreate", "--yes", "--size", "4M", "--name", "drive", name)
        assert [each.name for each in await host.volumes(name)] == ["drive"]
        run("lvremove", "--yes", f"{name}/drive")
        await host.delete_pool(name)
    finally:
        run("vgremove", "--force", name, check=False)


async def test_a_file_server_that_cannot_be_mounted_is_refused_with_the_reason(
    host: LibvirtHost, name: str, tmp_path: Path
) -> None:
    with pytest.raises(Refused, match=r"mount\.nfs|knows no NFS|was not made"):
        await host.create_pool(name, "netfs", str(tmp_path), "127.0.0.1:/nothing")
    assert name not in {each.name for each in await host.pools()}
