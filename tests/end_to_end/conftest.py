"""A console of its own, whose one host is this machine reached through ssh like any remote one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import libvirt
import pytest

from tests.end_to_end import ssh_server
from tests.end_to_end.ssh_server import SshServer
from tests.end_to_end.terminal import SURROUNDINGS, Terminal

CONFIGURATION = """
[database]
url = "sqlite+aiosqlite:///{folder}/console.db"

[audit]
file = "{folder}/audit.jsonl"
checkpoints = "{folder}/audit.checkpoints"

[[realms]]
id = "lab"
name = "Lab"
driver = "libvirt"
volumes_pool = "{name}"
network = "{name}"
network_filter = "{name}"
virt_type = "qemu"
volume_os = [{{ match = "tiny*", os = "linux" }}]
"""
NETWORK = "<network><name>{name}</name><bridge name='{bridge}'/></network>"


@dataclass(frozen=True, slots=True)
class Console:
    """The program on a configuration of its own."""

    folder: Path
    name: str
    environment: dict[str, str]

    def command(self, *words: str) -> str:
        """Run a command of the program; returns what it prints, fails with what it complains of."""
        done = subprocess.run(
            [sys.executable, "-m", "ticrypt_tui", *words],
            check=False, env=self.environment, capture_output=True, text=True,
            timeout=180, cwd=self.folder,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def operation(self, operation: str, /, **arguments: object) -> str:
        """Run an operation by the command line."""
        words = [word for key, value in arguments.items() for word in (f"--{key}", str(value))]
        return self.command("run", operation, *words)

    def rows(self, tab: str) -> list[dict[str, Any]]:
        """The rows of a tab, as the command line prints them."""
        listed = json.loads(self.command("list", tab, "--json"))
        return list(listed["rows"] if isinstance(listed, dict) else listed)


@pytest.fixture
def connection(libvirtd: object) -> Iterator[libvirt.virConnect]:
    """The test's own way to libvirt, past everything that the console says."""
    opened = libvirt.open("qemu:///system")
    yield opened
    opened.close()


@pytest.fixture
def ssh(tmp_path: Path) -> Iterator[SshServer]:
    folder = tmp_path / "ssh"
    folder.mkdir()
    server = ssh_server.start(folder)
    yield server
    server.close()


@pytest.fixture
def pool_folder(tiny_guest: Path) -> Iterator[Path]:
    """A folder that QEMU's account may read, with the tiny guest's volume in it."""
    folder = Path(f"/var/lib/libvirt/images/e2e-{uuid.uuid4().hex[:8]}")
    folder.mkdir(mode=0o711)
    shutil.copyfile(tiny_guest, folder / "tiny.qcow2")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def console(
    tmp_path: Path, pool_folder: Path, ssh: SshServer, connection: libvirt.virConnect
) -> Iterator[Console]:
    """A console with one host, by ssh, and a configuration of its own name to start."""
    name = pool_folder.name
    file = tmp_path / "ticrypt-tui.toml"
    file.write_text(CONFIGURATION.format(folder=tmp_path, name=name))
    environment = {
        **SURROUNDINGS,
        "TICRYPT_TUI_CONFIG": str(file),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "TERM": "xterm-256color",
    }
    network = connection.networkCreateXML(
        NETWORK.format(name=name, bridge=f"e2e{uuid.uuid4().hex[:8]}")
    )
    console = Console(tmp_path, name, environment)
    console.command("init")
    console.operation("profile.create", realm="lab", name="any", cores=640, memory="640 GiB")
    console.operation("host.create", realm="lab", name="node01", uri=ssh.uri, profile="any")
    console.operation("pool.create", realm="lab", name=name, tier="volumes", target=pool_folder)
    console.operation("image.create", realm="lab", name="tiny", volume="tiny.qcow2", os="linux")
    console.operation("setup.create", realm="lab", name="tiny", image="tiny", cores=1, memory=192)
    console.operation("config.create", name=name, setup="tiny")
    yield console
    _clean_up(connection, name)
    network.destroy()
    with suppress(libvirt.libvirtError):  # no VM was started
        connection.nwfilterLookupByName(name).undefine()


def domains_of(connection: libvirt.virConnect, name: str) -> list[libvirt.virDomain]:
    """The active domains that have to do with a name; others may come and go meanwhile."""
    found = []
    for domain in connection.listAllDomains():
        with suppress(libvirt.libvirtError):
            if name in domain.XMLDesc():
                found.append(domain)
    return found


def _clean_up(connection: libvirt.virConnect, name: str) -> None:
    for domain in domains_of(connection, name):
        domain.destroy()
    pool = connection.storagePoolLookupByName(name)
    pool.destroy()
    pool.undefine()


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    screen = Terminal(tmp_path)
    yield screen
    screen.close()
