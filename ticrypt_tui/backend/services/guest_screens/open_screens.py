"""The VMs' screens that this console has open: let in, recorded, and closed with the console."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import select

from ticrypt_tui.backend import permissions
from ticrypt_tui.backend.background import Background
from ticrypt_tui.backend.errors import DeadlineMissed, TicryptError
from ticrypt_tui.backend.operations import Record, Target
from ticrypt_tui.backend.services.guest_screens.kept_layouts import KeptLayouts
from ticrypt_tui.backend.services.guest_screens.screen_of import (
    NO_PICTURE,
    PICTURE_SECONDS,
    ScreenOf,
)
from ticrypt_tui.backend.services.vms.running_vm import RunningVm
from ticrypt_tui.backend.store.tables.data import DriveUse

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave
    from ticrypt_tui.backend.vnc.pursuit import Pursuit
    from ticrypt_tui.backend.vnc.session import GuestScreen


LEFT_WITHIN = 2.0
"""Seconds that screens which are just being closed have to be left and recorded."""


@dataclass(frozen=True, slots=True)
class _Open:
    screen: GuestScreen
    target: Target
    run: RunningVm


class OpenScreens:
    """Keeps the screens of one console: operations open them here, and its end closes them."""

    def __init__(self, enclave: Enclave) -> None:
        self._enclave = enclave
        self._open: dict[str, _Open] = {}
        self._layouts = KeptLayouts(enclave.data)
        self._background = Background()
        enclave.news.subscribe(lambda _: self._let_go_where_not_allowed())

    def of(self, vm_id: str, screen_id: str = "") -> list[GuestScreen]:
        """The open screens of a VM, or that one alone."""
        every = [each.screen for each in self._open.values() if each.screen.vm_id == vm_id]
        return [each for each in every if screen_id in ("", each.id)]

    async def open(self, run: RunningVm, target: Target) -> GuestScreen:
        """Open one more screen of a VM; raises a `TicryptError` where it does not open.

        It begins for viewing only where the VM holds drives, or is unknown to the store, and stays
        so in a console that only reads.
        """
        screen, pursuit = self._made(run)
        screen.view_only = self._enclave.caller.read_only or await self._holds_drives(run)
        layout = await self._layouts.of(_outlasting(run))
        await pursuit.begin()
        self._open[screen.id] = _Open(screen, target, run)
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
        await self._background.done(LEFT_WITHIN)
        await self._background.close(LEFT_WITHIN)
        await asyncio.gather(*(each.screen.close() for each in [*self._open.values()]))
        await self._layouts.close()

    def forget(self, screen: GuestScreen) -> None:
        """It is closed, and that is recorded already."""
        self._open.pop(screen.id, None)

    async def press(self, screen: GuestScreen, combination: str) -> None:
        named = {"vm": screen.vm_id, "screen": screen.id}
        await self._enclave.run("vm.press_keys", {**named, "keys": combination})

    async def set_view_only(self, screen: GuestScreen, on: bool) -> None:
        named = {"vm": screen.vm_id, "screen": screen.id}
        await self._enclave.run("vm.set_view_only", {**named, "on": on})

    async def closed(self, screen: GuestScreen) -> None:
        """Record it, whatever has become of the VM and of the caller's role by now."""
        kept = self._open.pop(screen.id, None)
        if kept is None:
            return
        record = Record(
            "vm.close_vnc", uuid.uuid4().hex, "done", self._enclave.caller, kept.target,
            detail={"screen": screen.id},
        )  # fmt: skip
        with suppress(TicryptError):  # it is closed all the same
            await self._enclave.audit.append(record)

    def chose_layout(self, screen: GuestScreen, name: str) -> None:
        if screen.id in self._open:
            self._layouts.keep(_outlasting(self._open[screen.id].run), name)

    async def _holds_drives(self, run: RunningVm) -> bool:
        if not run.known:
            return True
        used = select(DriveUse.drive_id).where(DriveUse.vm_id == run.id).limit(1)
        async with self._enclave.database.read() as session:
            return (await session.exec(used)).first() is not None

    def _let_go_where_not_allowed(self) -> None:
        """Whose role no longer lets him open a screen keeps none open."""
        for each in [*self._open.values()]:
            why = permissions.why_not(self._enclave.caller, "vm.open_vnc", each.run)
            if why and not each.screen.ended:
                self._background.begin(self._let_go(each.screen, why))

    async def _let_go(self, screen: GuestScreen, why: str) -> None:
        await screen.leave(f"The screen was closed: {why}")
        await self.closed(screen)


def _outlasting(run: RunningVm) -> str:
    """The ID of what a VM is a run of, if of anything."""
    return run.configuration_id or run.service_vm_id or run.id
