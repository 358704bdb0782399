"""The serial consoles that this console has open."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from ticrypt_tui.backend.operations import Target
from ticrypt_tui.backend.services.guest_screens.kept_open import KeptOpen
from ticrypt_tui.backend.services.guest_screens.screen_of import ScreenOf
from ticrypt_tui.backend.services.vms.running_vm import RunningVm

if TYPE_CHECKING:
    from ticrypt_tui.backend.consoles.session import GuestConsole


class OpenConsoles(KeptOpen["GuestConsole"]):
    """Keeps the serial consoles of one console."""

    noun, opens, closes = "console", "vm.open_console", "vm.close_console"

    async def open(self, run: RunningVm, target: Target, *, take_over: bool) -> GuestConsole:
        """Open the serial console of a VM; raises a `TicryptError` where it does not open."""
        from ticrypt_tui.backend.consoles.session import GuestConsole

        view_only = await self._begins_view_only(run)
        host = self._enclave.watch.host(run.host_id or "")
        way = await host.open_console(run.uuid, take_over=take_over)
        named = {"console_id": uuid.uuid4().hex, "vm_id": run.id, "title": run.name}
        console = GuestConsole(way, self, ScreenOf(self._enclave, run).ended, **named)
        console.view_only = view_only
        self._keep(console, target, run)
        return console
