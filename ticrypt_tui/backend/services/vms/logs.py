"""A VM's logs: its recorded events, its serial console and QEMU's own, or their copies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ticrypt_tui.backend.drivers.base import LogKind, LogSource
from ticrypt_tui.backend.errors import Failed, HostUnreachable, NotFound
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.base import Log
from ticrypt_tui.backend.services.vms.events import EventLog
from ticrypt_tui.backend.services.vms.past import PastVm
from ticrypt_tui.backend.services.vms.running_vm import RunningVm
from ticrypt_tui.backend.services.vms.simulation import real
from ticrypt_tui.backend.sync.vm_logs import KEPT, copy_of

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave


@dataclass(frozen=True, slots=True)
class HostLog:
    """A log that the VM's host keeps, or its copy here where the host cannot show it."""

    title: str
    source: LogSource
    copy: Path

    async def last(self, size: int) -> bytes:
        try:
            return await self.source.last(size)
        except (Failed, NotFound):
            if not self.copy.is_file():
                raise
            return await _read(self.copy, size)

    async def follow(self) -> AsyncGenerator[bytes, None]:
        try:
            async with aclosing(self.source.follow()) as chunks:
                async for chunk in chunks:
                    yield chunk
        except (Failed, NotFound):
            if not self.copy.is_file():
                raise
            yield await _read(self.copy, KEPT)


@dataclass(frozen=True, slots=True)
class CopiedLog:
    """The copy of a log whose host does not answer, or the reason why there is none."""

    title: str
    copy: Path
    reason: str

    async def last(self, size: int) -> bytes:
        if not self.copy.is_file():
            raise Failed(f"{self.reason}.".replace("..", "."), "No copy was kept on this machine.")
        return await _read(self.copy, size)

    async def follow(self) -> AsyncGenerator[bytes, None]:
        yield await self.last(KEPT)


@operation(
    "vm.logs",
    Argument("vm", "object", says="a running or past VM's ID or name"),
    on="vm",
    says="Open a VM's logs.",
    changes=False,
    preconditions=(real("keeps no logs"),),
)
async def logs(call: Call, vm: RunningVm | PastVm) -> tuple[Log, ...]:
    """The logs of a VM, each to be opened: events, serial console, QEMU's own."""
    return logs_of(call.enclave, vm)


def logs_of(enclave: Enclave, vm: RunningVm | PastVm) -> tuple[Log, ...]:
    """A VM's events and what its host keeps of it, or the copies where the host is not there."""
    events = (EventLog(enclave.database, vm.id),) if vm.known else ()
    folder = enclave.data
    try:
        host = enclave.watch.host(vm.host_id or "")
    except HostUnreachable as error:
        gone = [CopiedLog(kind, copy_of(folder, vm.id, kind), error.sentence) for kind in LogKind]
        return (*events, *gone)
    sources = host.logs(vm.uuid, vm.domain)
    kept = [HostLog(each.kind, each, copy_of(folder, vm.id, each.kind)) for each in sources]
    return (*events, *kept)


async def _read(path: Path, size: int) -> bytes:
    return await asyncio.to_thread(lambda: path.read_bytes()[-size:])
