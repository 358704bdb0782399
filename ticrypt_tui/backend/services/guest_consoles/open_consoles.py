"""The serial consoles that this console has open: let in, recorded, and closed with it."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import select

from ticrypt_tui.backend import permissions
from ticrypt_tui.backend.background import Background
from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.backend.operations import Record, Target
from ticrypt_tui.backend.services.guest_screens.screen_of import ScreenOf
from ticrypt_tui.backend.services.vms.running_vm import RunningVm
from ticrypt_tui.backend.store.tables.data import DriveUse

if TYPE_CHECKING:
    from ticrypt_tui.backend.consoles.session import GuestConsole
    from ticrypt_tui.backend.enclave import Enclave

LEFT_WITHIN = 2.0
"""Seconds that consoles which are just being closed have to be left and recorded."""


@dataclass(frozen=True, slots=True)
class _Open:
    console: GuestConsole
    target: Target
    run: RunningVm


class OpenConsoles:
    """Operations open them here, and the end of this console closes them."""

    def __init__(self, enclave: Enclave) -> None:
        self._enclave = enclave
        self._open: dict[str, _Open] = {}
        self._background = Background()
        enclave.news.subscribe(lambda _: self._let_go_where_not_allowed())

    def of(self, vm_id: str, console_id: str = "") -> list[GuestConsole]:
        """The open consoles of a VM, or that one alone."""
        every = [each.console for each in self._open.values() if each.console.vm_id == vm_id]
        return [each for each in every if console_id in ("", each.id)]

    async def open(self, run: RunningVm, target: Target, *, take_over: bool) -> GuestConsole:
        """Open the serial console of a VM; raises a `TicryptError` where it does not open.

        It begins for viewing only where the VM holds drives, or is unknown to the store, and in a
        console that only reads, in which it stays so.
        """
        from ticrypt_tui.backend.consoles.session import GuestConsole

        view_only = self._enclave.caller.read_only or await self._holds_drives(run)
        host = self._enclave.watch.host(run.host_id or "")
        way = await host.open_console(run.uuid, take_over=take_over)
        named = {"console_id": uuid.uuid4().hex, "vm_id": run.id, "title": run.name}
        console = GuestConsole(way, self, ScreenOf(self._enclave, run).ended, **named)
        console.view_only = view_only
        self._open[console.id] = _Open(console, target, run)
        return console

    async def close(self) -> None:
        """Close every console, and record it."""
        await self._background.done(LEFT_WITHIN)
        await self._background.close(LEFT_WITHIN)
        await asyncio.gather(*(each.console.close() for each in [*self._open.values()]))

    def forget(self, console: GuestConsole) -> None:
        """It is closed, and that is recorded already."""
        self._open.pop(console.id, None)

    async def set_view_only(self, console: GuestConsole, on: bool) -> None:
        named = {"vm": console.vm_id, "screen": console.id}
        await self._enclave.run("vm.set_view_only", {**named, "on": on})

    async def closed(self, console: GuestConsole) -> None:
        """Record it, whatever has become of the VM and of the caller's role by now."""
        kept = self._open.pop(console.id, None)
        if kept is None:
            return
        record = Record(
            "vm.close_console", uuid.uuid4().hex, "done", self._enclave.caller, kept.target,
            detail={"screen": console.id},
        )  # fmt: skip
        with suppress(TicryptError):  # it is closed all the same
            await self._enclave.audit.append(record)

    async def _holds_drives(self, run: RunningVm) -> bool:
        if not run.known:
            return True
        used = select(DriveUse.drive_id).where(DriveUse.vm_id == run.id).limit(1)
        async with self._enclave.database.read() as session:
            return (await session.exec(used)).first() is not None

    def _let_go_where_not_allowed(self) -> None:
        """Whose role no longer lets him open a console keeps none open."""
        for each in [*self._open.values()]:
            why = permissions.why_not(self._enclave.caller, "vm.open_console", each.run)
            if why and not each.console.ended:
                self._background.begin(self._let_go(each.console, why))

    async def _let_go(self, console: GuestConsole, why: str) -> None:
        await console.leave(f"The console was closed: {why}")
        await self.closed(console)
