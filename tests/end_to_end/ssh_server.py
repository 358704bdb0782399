"""An sshd of the tests' own, on loopback, with keys of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path


def free_port() -> int:
    """A TCP port of loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class SshServer:
    """A running sshd; `uri` is libvirt's way to the system daemon behind it."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def uri(self) -> str:
        """The libvirt URI by which this machine is reached as a remote host."""
        key = self.folder / "client"
        return f"qemu+ssh://root@127.0.0.1:{self.port}/system?keyfile={key}&no_verify=1"

    def close(self) -> None:
        """Stop the server and what it serves."""
        self.process.terminate()
        self.process.wait(60)


def start(folder: Path) -> SshServer:
    """Start sshd with fresh keys in a folder; raises if it does not listen within a minute."""
    os.chmod(folder, 0o700)
    for name in ("server", "client"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)],
                       check=True, timeout=60)  # fmt: skip
    (folder / "client.pub").rename(folder / "authorized_keys")
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    port = free_port()
    options = {
        "Port": port, "ListenAddress": "127.0.0.1", "HostKey": folder / "server", "UsePAM": "no",
        "AuthorizedKeysFile": folder / "authorized_keys", "PidFile": "none", "StrictModes": "no",
        "PermitRootLogin": "prohibit-password", "PasswordAuthentication": "no",
    }  # fmt: skip
    words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    with (folder / "sshd.log").open("wb") as log:
        process = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", "/dev/null", *words],
                                   stderr=log)  # fmt: skip
    server = SshServer(folder, port, process)
    _wait_until_listening(server)
    return server


def _wait_until_listening(server: SshServer) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", server.port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError((server.folder / "sshd.log").read_text(errors="replace"))
