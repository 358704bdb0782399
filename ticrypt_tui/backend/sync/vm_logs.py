"""Copies of a VM's logs in the console's data folder: a past VM keeps them without its host."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ticrypt_tui.backend.drivers.base import LogKind, LogSource
from ticrypt_tui.backend.errors import Failed

KEPT = 2**20
"""How much of each log is kept, in bytes: its last MiB."""

_FILES = {LogKind.SERIAL: "serial.log", LogKind.HYPERVISOR: "qemu.log"}


def copy_of(folder: Path, vm_id: str, kind: LogKind) -> Path:
    """Where the copy of a VM's log is, if there is one."""
    return folder / "vm-logs" / vm_id / _FILES[kind]


async def keep_logs(folder: Path, vm_id: str, sources: Iterable[LogSource]) -> list[str]:
    """Copy the end of each log; returns why not, a sentence for each that could not be."""
    faults = []
    for source in sources:
        try:
            data = await source.last(KEPT)
            await asyncio.to_thread(_write, copy_of(folder, vm_id, source.kind), data)
        except (Failed, OSError) as error:
            faults.append(f"the {source.kind} log was not kept: {error}")
    return faults


def _write(path: Path, data: bytes) -> None:
    """Write at once or not at all: another console on this machine may be copying, too."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        fresh.replace(path)
    finally:
        with suppress(OSError):
            fresh.unlink()
