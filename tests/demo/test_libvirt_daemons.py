"""The daemons, started and ended on a machine of their own: a container without systemd."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ticrypt_tui.backend.caller import process_started
from ticrypt_tui.demo import libvirt_daemons
from ticrypt_tui.demo.libvirt_daemons import Daemon

# A process tree, a network and a /run of its own, where no daemon of the machine is seen.
ALONE = """
set -e
mount -t tmpfs -o mode=755 tmpfs /run
for folder in /var/lib/libvirt /var/cache/libvirt /var/log/libvirt /etc/libvirt/qemu; do
    mount -t tmpfs -o mode=755 tmpfs $folder
done
mkdir -p /run/lock
"$@"  # by a shell that stays, and buries the dead
"""
UNSHARE = ("unshare", "--mount", "--pid", "--fork", "--net", "--mount-proc", "sh", "-c", ALONE)

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start the machine's own")


def alone(program: str, *arguments: str | Path) -> str:
    """What a Python program prints on that machine."""
    finished = subprocess.run(
        [*UNSHARE, "sh", sys.executable, "-c", program, *arguments],
        capture_output=True, text=True, timeout=240, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


@pytest.mark.slow(seconds=5)
def test_where_none_runs_they_are_started_and_only_they_are_ended(tmp_path: Path) -> None:
    said = alone(
        """
import asyncio, sys
from pathlib import Path
from ticrypt_tui.demo import libvirt_daemons as daemons
from ticrypt_tui.demo.virsh import Libvirt
async def main():
    note = Path(sys.argv[1])
    libvirt = await daemons.find(note)
    print(libvirt.uri, *(each.name for each in daemons.noted(note)))
    again = await daemons.find(note)
    print(len(daemons.noted(note)), all(each.alive for each in daemons.noted(note)))
    before = daemons.noted(note)
    print(await daemons.stop(note))
    print(any(each.alive for each in before), note.exists())
asyncio.run(main())
""",
        tmp_path / "folder" / "daemons.json",
    )

    assert said.splitlines() == [
        "qemu:///system virtlogd libvirtd",
        "2 True",
        "Ended libvirtd and virtlogd.",
        "False False",
    ]


@pytest.mark.slow(seconds=5)
def test_they_stay_while_others_have_domains_on_them(tmp_path: Path) -> None:
    said = alone(
        """
import asyncio, sys
from pathlib import Path
from ticrypt_tui.demo import libvirt_daemons as daemons
async def main():
    note = Path(sys.argv[1])
    libvirt = await daemons.find(note)
    await libvirt.give("create", document='''<domain type='qemu'><name>theirs</name>
      <memory unit='MiB'>16</memory><os><type>hvm</type></os></domain>''', seconds=120)
    print(await daemons.stop(note))
    print(all(each.alive for each in daemons.noted(note)))
    await libvirt.ask("destroy", "theirs")
    print(await daemons.stop(note))
asyncio.run(main())
""",
        tmp_path / "daemons.json",
    )

    assert said.splitlines() == [
        "libvirtd stays, because other VMs run: theirs.",
        "True",
        "Ended libvirtd and virtlogd.",
    ]


def test_a_pid_that_has_been_used_again_is_not_ours() -> None:
    here = os.getpid()

    assert Daemon("libvirtd", here, process_started(here)).alive
    assert not Daemon("libvirtd", here, process_started(here) - 1).alive


async def test_what_was_not_started_is_not_ended(tmp_path: Path) -> None:
    note = tmp_path / "daemons.json"
    note.write_text(json.dumps([{"name": "libvirtd", "pid": os.getpid(), "started": 1}]))

    assert await libvirt_daemons.stop(note) == "No daemon was started by the demo."


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"name": "libvirtd"}]'])
def test_a_note_that_cannot_be_read_names_no_daemon(tmp_path: Path, text: str) -> None:
    note = tmp_path / "daemons.json"
    note.write_text(text)

    assert libvirt_daemons.noted(note) == []
