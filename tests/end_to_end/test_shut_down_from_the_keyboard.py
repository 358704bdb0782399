"""The whole house in one walk: keys pressed, a real guest shut down, and the proof of it."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import libvirt
import pytest

from tests.end_to_end.conftest import Console, domains_of
from tests.end_to_end.terminal import PATIENCE, Terminal

GUEST_READY = "tiny-linux ready"


def _wait_until_booted(connection: libvirt.virConnect, console: Console) -> None:
    """Wait until the guest answers its power button: its serial console says when."""
    vm = console.rows("running")[0]["id"]
    end = time.monotonic() + PATIENCE
    while GUEST_READY not in _serial(vm):
        assert time.monotonic() < end, _serial(vm)
        time.sleep(0.5)
    assert len(domains_of(connection, console.name)) == 1


def _serial(vm: str) -> str:
    logs = Path("/var/log/libvirt/qemu").glob(f"{vm}*serial*")
    return "".join(log.read_text(errors="replace") for log in logs)


@pytest.mark.slow(seconds=60)
@pytest.mark.timeout(900)
def test_a_guest_on_a_host_behind_ssh_is_shut_down_by_keys_and_the_audit_says_so(
    console: Console, connection: libvirt.virConnect, terminal: Terminal
) -> None:
    console.operation("config.start", config=console.name)
    _wait_until_booted(connection, console)

    terminal.run(f"{sys.executable} -m ticrypt_tui", console.environment)
    terminal.wait_for(r"hosts 1/1 up")
    terminal.press(":")
    terminal.type("running")
    terminal.press("Enter")
    terminal.wait_for(r"Running VMs")
    terminal.press("/")
    terminal.type(f"name:{console.name}")
    terminal.press("Enter")
    terminal.wait_for(r"Running VMs +1 of")
    terminal.press("a")
    terminal.press("K")
    terminal.wait_for(f"Shut down {console.name}")
    terminal.press("BTab", "Enter")

    terminal.wait_for(r"vm\.shutdown +attempted")
    terminal.wait_for(r"vm\.shutdown +done")
    terminal.wait_for(r"Running VMs +0 of")
    assert domains_of(connection, console.name) == []

    terminal.press(":")
    terminal.type("past")
    terminal.press("Enter")
    screen = terminal.wait_for(r"shut down by admin")
    assert console.name in screen
    assert console.rows("past")[0]["end"] == "shut down by admin"
    assert "ok" in console.command("audit", "verify").lower()
