"""Finding a libvirt that the user may use, and starting one where none would start by itself.

What was started is remembered by its pid and start time, so that `demo --stop` ends that and
nothing else, even when the pid has been used again.
"""

from __future__ import annotations

import asyncio
import grp
import json
import os
import shutil
import signal
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from ticrypt_tui.backend.caller import process_started
from ticrypt_tui.backend.errors import Failed, TicryptError
from ticrypt_tui.demo import commands
from ticrypt_tui.demo.virsh import Libvirt
from ticrypt_tui.text import shown

SYSTEM = Libvirt("qemu:///system")
SESSION = Libvirt("qemu:///session")
DAEMONS = ("virtlogd", "libvirtd")
_SYSTEMD = Path("/run/systemd/system")
_RUN = Path("/run")
_KVM = Path("/dev/kvm")


@dataclass(frozen=True, slots=True)
class Daemon:
    """A running daemon: its pid and its start, in clock ticks since boot, name it for good."""

    name: str
    pid: int
    started: int

    @property
    def alive(self) -> bool:
        return process_started(self.pid) == self.started and bool(_command(self.pid))


async def find(note: Path) -> Libvirt:
    """The machine's libvirt where the user may use it, else his own.

    As root, where no daemon answers and there is no systemd to start one, starts the daemons and
    notes them in the file `note`. Raises `Failed` with what to do.
    """
    if await _answers(SYSTEM):
        return SYSTEM
    if os.geteuid() != 0:
        if await _answers(SESSION):
            return SESSION
        raise Failed(
            "No libvirt answers, neither the system's nor your own.",
            "Are libvirt-daemon-system and qemu-system-x86 installed?",
        )
    if started_by_systemd():
        raise Failed("libvirt does not answer.", "Try: systemctl enable --now libvirtd.socket")
    await _start(note)
    return SYSTEM


async def stop(note: Path) -> str:
    """End the daemons that `find` started, unless others' VMs run on them; says what was done."""
    daemons = [daemon for daemon in noted(note) if daemon.alive]
    if daemons and await _answers(SYSTEM):
        others = (await SYSTEM.ask("list", "--name")).split()
        if others:
            return f"libvirtd stays, because other VMs run: {shown(', '.join(others))}."
    for daemon in reversed(daemons):
        await _end(daemon)
    _write(note, [])
    ended = " and ".join(daemon.name for daemon in reversed(daemons))
    return f"Ended {ended}." if ended else "No daemon was started by the demo."


def noted(note: Path) -> list[Daemon]:
    """The daemons that `find` started, by the file that it wrote."""
    try:
        return [Daemon(**each) for each in json.loads(note.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        return []


def started_by_systemd() -> bool:
    """Whether this machine's services are systemd's to start."""
    return _SYSTEMD.exists()


async def _answers(libvirt: Libvirt) -> bool:
    try:
        return (await libvirt.tried("uri", seconds=15)).code == 0
    except TicryptError:
        return False


async def _start(note: Path) -> None:
    ours = [daemon for daemon in noted(note) if daemon.alive]
    _let_group_use_kvm()
    for name in DAEMONS:
        if _running(name):
            continue
        finished = await commands.run(name, "-d", seconds=30)
        if finished.code:
            raise Failed(f"{name} does not start: {finished.reason}.")
        ours.append(await _started(name))
        _write(note, ours)
    await SYSTEM.ask("uri")


def _let_group_use_kvm() -> None:
    """Give /dev/kvm to its group, as udev does, where there is no udev.

    Libvirt that finds a KVM which its QEMU may not open asks QEMU anew what it can at every start
    of a VM, which takes ten seconds and more.
    """
    with suppress(OSError, LookupError):
        if _KVM.stat().st_gid == 0:
            shutil.chown(_KVM, group=grp.getgrnam("kvm").gr_gid)
            _KVM.chmod(0o660)


def _write(note: Path, daemons: list[Daemon]) -> None:
    if not daemons:
        note.unlink(missing_ok=True)
        return
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps([asdict(daemon) for daemon in daemons]), encoding="utf-8")


def _running(name: str) -> Daemon | None:
    """The daemon that holds the standard pid file."""
    try:
        pid = int((_RUN / f"{name}.pid").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    ours = Path(_command(pid).partition("\0")[0]).name == name
    return Daemon(name, pid, process_started(pid)) if ours else None


def _command(pid: int) -> str:
    """The command line of a process; '' where it has ended, also when nobody has yet asked how."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


async def _started(name: str, seconds: float = 10) -> Daemon:
    """The daemon once it has written its pid file."""
    for _ in range(int(seconds * 10)):
        if daemon := _running(name):
            return daemon
        await asyncio.sleep(0.1)
    raise Failed(f"{name} ended as soon as it was started.", f"Run {name} by hand to see why.")


async def _end(daemon: Daemon, seconds: float = 20) -> None:
    os.kill(daemon.pid, signal.SIGTERM)
    for _ in range(int(seconds * 10)):
        if not daemon.alive:
            return
        await asyncio.sleep(0.1)
    raise Failed(f"{daemon.name} (pid {daemon.pid}) did not end in {seconds:.0f} s.")
