"""Addresses that are given out: a real server on one machine, and a real client on another."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.packets.lab import Machine, run

GIVEN = "10.77.0.200"
_TAKE = f"""#!/bin/sh
[ "$1" = bound ] && ip address add {GIVEN}/24 dev eth0
exit 0
"""


@contextmanager
def serving(machine: Machine, folder: Path) -> Iterator[None]:
    """A machine gives `GIVEN` to whoever asks."""
    if not all(map(shutil.which, ("dnsmasq", "busybox"))):
        pytest.skip("dnsmasq-base and busybox are not installed")
    command = [
        *(
            "ip",
            "netns",
            "exec",
            machine.namespace,
            "dnsmasq",
            "--no-daemon",
            "--conf-file=/dev/null",
        ),
        *("--port=0", "--interface=eth0", "--bind-interfaces", "--user=root", "--pid-file="),
        f"--dhcp-leasefile={folder / 'leases'}",
        f"--dhcp-range={GIVEN},{GIVEN},1h",
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            yield
        finally:
            server.kill()


def asked(machine: Machine, folder: Path) -> None:
    """Have a machine ask for an address, and take it beside the one that it has."""
    script = folder / "take"
    script.write_text(_TAKE)
    script.chmod(0o755)
    client = ("busybox", "udhcpc", "-i", "eth0", "-n", "-q", "-t", "20", "-s", str(script))
    run("ip", "netns", "exec", machine.namespace, *client)


def forgotten(machine: Machine) -> None:
    """Have it give up what it was given."""
    run("ip", "-n", machine.namespace, "address", "delete", f"{GIVEN}/24", "dev", "eth0")
