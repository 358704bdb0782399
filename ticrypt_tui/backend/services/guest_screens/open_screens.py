"""The VMs' screens that this console has open."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING

from ticrypt_tui.backend.errors import DeadlineMissed
from ticrypt_tui.backend.operations import Target
from ticrypt_tui.backend.services.guest_screens.kept_layouts import KeptLayouts
from ticrypt_tui.backend.services.guest_screens.kept_open import KeptOpen
from ticrypt_tui.backend.services.guest_screens.screen_of import (
    NO_PICTURE,
    PICTURE_SECONDS,
    ScreenOf,
)
from ticrypt_tui.backend.services.vms.running_vm import RunningVm

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave
    from ticrypt_tui.backend.vnc.pursuit import Pursuit
    from ticrypt_tui.backend.vnc.session import GuestScreen


class OpenScreens(KeptOpen["GuestScreen"]):
    """Keeps the screens of one console."""

    noun, opens, closes = "screen", "vm.open_vnc", "vm.close_vnc"

    def __init__(self, enclave: Enclave) -> None:
        super().__init__(enclave)
        self._layouts = KeptLayouts(enclave.data)

    async def open(self, run: RunningVm, target: Target) -> GuestScreen:
        """Open one more screen of a VM; raises a `TicryptError` where it does not open."""
        screen, pursuit = self._made(run)
        screen.view_only = await self._begins_view_only(run)
        layout = await self._layouts.of(_outlasting(run))
        await pursuit.begin()
        self._keep(screen, target, run)
        if layout in screen.layouts:
            screen.layout = layout
        return screen

    def _made(self, run: RunningVm) -> tuple[GuestScreen, Pursuit]:
        """What follows a VM's screen; its parts are heavy, and few consoles ever need them."""
        from ticrypt_tui.backend.vnc.pursuit import Pursuit
        from ticrypt_tui.backend.vnc.recognition.reader import Reader
        from ticrypt_tui.backend.vnc.session import GuestScreen

        pursuit = Pursuit(ScreenOf(self._enclave, run), Reader())
        named = {"screen_id": uuid.uuid4().hex, "vm_id": run.id, "title": run.name}
        return GuestScreen(pursuit, self, **named), pursuit

    async def strike(self, run: RunningVm, combination: str) -> None:
        """Press a combination on a connection for that alone; raises a `TicryptError`."""
        from ticrypt_tui.backend.vnc.keyboard import typist
        from ticrypt_tui.backend.vnc.ways import connect

        connection = await connect(ScreenOf(self._enclave, run).open)
        try:
            async with asyncio.timeout(PICTURE_SECONDS):
                await connection.client.update()  # only then the server has said what keys it takes
            typist.press(connection.client, combination)
        except TimeoutError:
            raise DeadlineMissed(NO_PICTURE) from None
        finally:
            await connection.close()

    async def close(self) -> None:
        """Close every screen, and record it."""
        await super().close()
        await self._layouts.close()

    async def press(self, screen: GuestScreen, combination: str) -> None:
        named = {"vm": screen.vm_id, "screen": screen.id}
        await self._enclave.run("vm.press_keys", {**named, "keys": combination})

    def chose_layout(self, screen: GuestScreen, name: str) -> None:
        if run := self.run_of(screen):
            self._layouts.keep(_outlasting(run), name)


def _outlasting(run: RunningVm) -> str:
    """The ID of what a VM is a run of, if of anything."""
    return run.configuration_id or run.service_vm_id or run.id
