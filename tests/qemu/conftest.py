"""An enclave whose one host is this machine's libvirt, with a configuration that can be started."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import libvirt
import pytest

from tests.end_to_end import ssh_server
from tests.end_to_end.ssh_server import SshServer
from ticrypt_tui.backend import enclave as enclaves
from ticrypt_tui.backend.caller import Origin
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.founding import found
from ticrypt_tui.backend.services import host_readings
from ticrypt_tui.backend.services.fixing import sync_rounds
from ticrypt_tui.config.settings import Settings, load_settings
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
network = "{name}"
network_filter = "{name}"
virt_type = "qemu"
shutdown_timeout = "4m"
drives = {{ min_size = "16 MiB", max_size = "1 TiB" }}
controller_restart = {{ linux = ["/bin/controller", "restart"] }}
"""
NETWORK = "<network><name>{name}</name><bridge name='{bridge}'/></network>"


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts are waited for as long as a busy machine may take, and no round begins meanwhile."""
    monkeypatch.setattr(sync_rounds, "FIRST_AFTER", 3600.0)
    monkeypatch.setattr(host_readings, "FIRST_WITHIN", 60.0)
    monkeypatch.setattr(enclaves, "CLOSED_WITHIN", 60.0)


@pytest.fixture
def connection(libvirtd: Libvirt) -> Iterator[libvirt.virConnect]:
    """The test's own way to libvirt, past everything that the console says."""
    opened = libvirt.open(libvirtd.uri)
    yield opened
    opened.close()


@pytest.fixture
def device(tmp_path: Path) -> Iterator[str]:
    """An empty loop device of 32 MiB."""
    file = tmp_path / "device"
    file.touch()
    os.truncate(file, 32 << 20)
    attach = ["losetup", "--find", "--show", str(file)]
    made = subprocess.run(attach, capture_output=True, text=True, check=False, timeout=60)
    if made.returncode:
        pytest.skip(f"no loop device: {made.stderr.strip()}")
    yield made.stdout.strip()
    subprocess.run(["losetup", "--detach", made.stdout.strip()], check=True, timeout=60)


@pytest.fixture
def name(tiny_guest: Path, connection: libvirt.virConnect) -> Iterator[str]:
    """The name of a pool's folder, with the tiny volume in it, and of a network; all is ended."""
    name = f"services-{secrets.token_hex(4)}"
    folder = Path("/var/lib/libvirt/images") / name
    folder.mkdir(mode=0o711)
    shutil.copyfile(tiny_guest, folder / "tiny.qcow2")
    document = NETWORK.format(name=name, bridge=f"s{uuid.uuid4().hex[:8]}")
    network = connection.networkCreateXML(document)
    yield name
    for domain in connection.listAllDomains():
        with suppress(libvirt.libvirtError):  # it has just ended
            if str(folder) in domain.XMLDesc():
                domain.destroy()
    for pool in connection.listAllStoragePools():
        if pool.name() == name:
            pool.destroy()
            pool.undefine()
    network.destroy()
    with suppress(libvirt.libvirtError):  # no VM was started
        connection.nwfilterLookupByName(name).undefine()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def settings(tmp_path: Path, name: str) -> Settings:
    file = tmp_path / "ticrypt-tui.toml"
    file.write_text(CONFIGURATION.format(folder=tmp_path, name=name))
    return load_settings(file)


@pytest.fixture
async def enclave(
    settings: Settings, origin: Origin, tmp_path: Path, name: str, libvirtd: Libvirt
) -> AsyncIterator[Enclave]:
    """A console with one host, this machine, and the configuration `tiny`."""
    await found(settings, origin)
    opened = await Enclave.open(settings, origin=origin, data=tmp_path / "mine")
    where: dict[str, Any] = {"realm": "lab", "name": "tiny"}
    room = {"realm": "lab", "name": "ample", "cores": 64, "memory": "64 GiB"}
    await opened.run("profile.create", room)
    here = {"realm": "lab", "name": "here", "uri": libvirtd.uri, "profile": "ample"}
    await opened.run("host.create", here)
    await opened.settled(60)
    target = f"/var/lib/libvirt/images/{name}"
    await opened.run("pool.create", {**where, "name": name, "tier": "volumes", "target": target})
    await opened.run("image.create", {**where, "volume": "tiny.qcow2", "os": "linux"})
    debug = {"debug_pty": True, "debug_console": True}
    await opened.run("setup.create", {**where, "image": "tiny", "cores": 1, "memory": 192, **debug})
    await opened.run("config.create", {"name": "tiny", "setup": "tiny"})
    yield opened
    await opened.close()


def secrets_of(connection: libvirt.virConnect, folder: Path) -> list[str]:
    """What libvirt still knows of what opens the volumes of a folder."""
    documents = []
    for each in connection.listAllSecrets():
        with suppress(libvirt.libvirtError):  # another test's, which is gone by now
            documents.append(each.XMLDesc())
    return [each for each in documents if str(folder) in each]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SshServer]:
    """An sshd of this machine's, which lets root in by a key of the test's."""
    if os.geteuid() != 0:
        pytest.skip("only root can let root log in")
    folder = tmp_path / "sshd"
    folder.mkdir()
    server = ssh_server.start(folder)
    yield server
    server.close()
