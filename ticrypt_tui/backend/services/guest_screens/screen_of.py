"""A VM as the pursuit of its screen knows it: how it is reached, and what became of it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ticrypt_tui.backend.drivers.graphics import Graphics
from ticrypt_tui.backend.errors import HostUnreachable, StoreUnavailable
from ticrypt_tui.backend.services.vms.running_vm import RunningVm
from ticrypt_tui.backend.store.tables.machines import Vm

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

PICTURE_SECONDS = 20.0
"""How long a server may take to send its first picture; QEMU's take up to three when idle."""
RECORDED_SECONDS = 3.0
"""How long the reason of an end is waited for before it is told without one."""
NO_PICTURE = f"The VM's screen sent no picture within {PICTURE_SECONDS:g} s."


@dataclass(frozen=True, slots=True)
class ScreenOf:
    """A VM as the pursuit of its screen knows it."""

    enclave: Enclave
    run: RunningVm

    async def open(self) -> Graphics:
        """Open a way to its screen, from whatever connection its host has by now."""
        return await self.enclave.watch.host(self.run.host_id or "").open_graphics(self.run.uuid)

    async def ended(self, seconds: float = RECORDED_SECONDS) -> str:
        """How it ended, as a sentence, or '' while its host has it; waits so long for why."""
        host = self.enclave.watch.host(self.run.host_id or "")
        if self.run.uuid in {domain.uuid for domain in await host.domains()}:
            return ""
        how = await self._how(seconds) if self.run.known else ""
        return f"The VM has ended{f': {how}' if how else ''}."

    async def _how(self, seconds: float) -> str:
        """How the store says that it ended, which may take it a moment."""
        told = ""

        async def recorded() -> bool:
            nonlocal told
            async with self.enclave.database.read() as session:
                vm = await session.get(Vm, self.run.id)
            told = vm.end or "" if vm else ""
            return bool(told)

        with suppress(StoreUnavailable):
            await self.enclave.until(recorded, seconds)
        return told

    def reboots(self) -> int:
        """How often its guest has rebooted, as its host told."""
        with suppress(HostUnreachable):
            return self.enclave.watch.host(self.run.host_id or "").reboots(self.run.uuid)
        return 0
