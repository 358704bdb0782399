"""A libvirt daemon of the tests' own, which they may stop, freeze and start again."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

LIBVIRTD = "/usr/sbin/libvirtd"
FORWARDER = Path(__file__).with_name("forwarder.py")
GUEST = """
<domain type='qemu'>
  <name>{name}</name><memory unit='MiB'>32</memory><vcpu>1</vcpu>
  <os><type arch='x86_64'>hvm</type></os>
  <devices><graphics type='vnc'><listen type='socket'/></graphics></devices>
</domain>
"""


class PrivateLibvirt:
    """A session daemon with QEMU, under an unprivileged user where the tests run as root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "run/libvirt/libvirt-sock"
        self.uri = f"qemu+unix:///session?socket={self.socket}"
        self._user = "libvirt-qemu" if os.geteuid() == 0 else None
        self._daemon: subprocess.Popen[bytes] | None = None
        for name in ("run", "home"):
            (folder / name).mkdir(mode=0o700)
            if self._user:
                shutil.chown(folder / name, self._user)

    def start(self) -> None:
        home, group = self.folder / "home", self._user and pwd.getpwnam(self._user).pw_gid
        self._daemon = subprocess.Popen(
            [LIBVIRTD, "--timeout", "0"],
            env={"PATH": os.environ["PATH"], "HOME": str(home)}
            | {"XDG_RUNTIME_DIR": str(self.folder / "run")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=self._user,
            group=group,
            extra_groups=[] if self._user else None,
            cwd=home,
        )
        wait_for(self._answers)

    def stop(self) -> None:
        """End the daemon; its guests run on."""
        if self._daemon:
            self._daemon.kill()
            self._daemon.wait()
            self.socket.unlink(missing_ok=True)

    def virsh(self, *words: str) -> str:
        command = ["virsh", "-q", "-c", self.uri, *words]
        return subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=60
        ).stdout

    def guest(self, name: str) -> str:
        """Start a guest that sits in its BIOS; returns its UUID."""
        document = self.folder / f"{name}.xml"
        document.write_text(GUEST.format(name=name))
        self.virsh("create", str(document))
        return self.virsh("domuuid", name).strip()

    def qemu(self, name: str) -> int:
        """The process of a guest."""
        return int((self.folder / f"run/libvirt/qemu/run/{name}.pid").read_text())

    def clear(self) -> None:
        """End every guest, stopped ones too."""
        for path in (self.folder / "run/libvirt/qemu/run").glob("*.pid"):
            if path.name != "driver.pid":
                with contextlib.suppress(ProcessLookupError, ValueError, FileNotFoundError):
                    os.kill(int(path.read_text()), signal.SIGKILL)

    def _answers(self) -> bool:
        with contextlib.suppress(subprocess.CalledProcessError):
            return bool(self.virsh("version"))
        return False


def wait_for(holds: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.fixture(scope="session")
def daemon() -> Iterator[PrivateLibvirt]:
    """The daemon; sockets need a shorter path than pytest's own folders have."""
    if not Path(LIBVIRTD).exists() or shutil.which("virsh") is None:
        pytest.skip("libvirt-daemon-system and libvirt-clients are not installed")
    with tempfile.TemporaryDirectory(prefix="libvirt-", ignore_cleanup_errors=True) as name:
        os.chmod(name, 0o711)
        daemon = PrivateLibvirt(Path(name))
        try:
            daemon.start()
            yield daemon
        finally:
            daemon.clear()
            daemon.stop()


@pytest.fixture
def private_libvirt(daemon: PrivateLibvirt) -> Iterator[PrivateLibvirt]:
    """The daemon, without guests at the end."""
    yield daemon
    daemon.clear()
    wait_for(lambda: not daemon.virsh("list", "--name").strip())


@pytest.fixture
def proxy(private_libvirt: PrivateLibvirt) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The URI of a forwarder before the daemon, and the forwarder's process, to be frozen."""
    listen = private_libvirt.folder / "proxy"
    command = [sys.executable, str(FORWARDER), str(listen), str(private_libvirt.socket)]
    with subprocess.Popen(command) as process:
        wait_for(listen.exists)
        yield f"qemu+unix:///session?socket={listen}", process
        process.kill()
