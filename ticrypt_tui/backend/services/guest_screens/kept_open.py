"""What this console has open of guests: let in, recorded, and closed with it."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Generic, Protocol, TypeVar

from sqlmodel import select

from ticrypt_tui.backend import permissions
from ticrypt_tui.backend.background import Background
from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.backend.operations import Record, Target
from ticrypt_tui.backend.services.vms.running_vm import RunningVm
from ticrypt_tui.backend.store.tables.data import DriveUse

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

LEFT_WITHIN = 2.0
"""Seconds that what is just being closed has to be left and recorded."""


class Open(Protocol):
    """A screen or a serial console of a VM."""

    id: str
    vm_id: str

    @property
    def ended(self) -> bool: ...

    async def close(self) -> None:
        """Leave it; recorded."""

    async def leave(self, why: str = "") -> None:
        """End it, unrecorded; safe twice."""


W = TypeVar("W", bound=Open)


@dataclass(frozen=True, slots=True)
class _Kept(Generic[W]):
    what: W
    target: Target
    run: RunningVm


class KeptOpen(Generic[W]):
    """Operations open them, by the permission `opens`, and the end of this console closes them."""

    noun: ClassVar[str]
    opens: ClassVar[str]
    closes: ClassVar[str]

    def __init__(self, enclave: Enclave) -> None:
        self._enclave = enclave
        self._kept: dict[str, _Kept[W]] = {}
        self._background = Background()
        enclave.news.subscribe(lambda _: self._let_go_where_not_allowed())

    def of(self, vm_id: str, only: str = "") -> list[W]:
        """The open ones of a VM, or that one alone."""
        every = [each.what for each in self._kept.values() if each.what.vm_id == vm_id]
        return [each for each in every if only in ("", each.id)]

    def run_of(self, what: W) -> RunningVm | None:
        """Whose it is, while it is open."""
        kept = self._kept.get(what.id)
        return kept.run if kept else None

    def forget(self, what: W) -> None:
        """It is closed, and that is recorded already."""
        self._kept.pop(what.id, None)

    async def set_view_only(self, what: W, on: bool) -> None:
        """Have it switched, if the caller may; raises a `TicryptError`."""
        named = {"vm": what.vm_id, "screen": what.id}
        await self._enclave.run("vm.set_view_only", {**named, "on": on})

    async def closed(self, what: W) -> None:
        """Record it, whatever has become of the VM and of the caller's role by now."""
        kept = self._kept.pop(what.id, None)
        if kept is None:
            return
        record = Record(
            self.closes, uuid.uuid4().hex, "done", self._enclave.caller, kept.target,
            detail={"screen": what.id},
        )  # fmt: skip
        with suppress(TicryptError):  # it is closed all the same
            await self._enclave.audit.append(record)

    async def close(self) -> None:
        """Close every one, and record it."""
        await self._background.done(LEFT_WITHIN)
        await self._background.close(LEFT_WITHIN)
        await asyncio.gather(*(each.what.close() for each in [*self._kept.values()]))

    def _keep(self, what: W, target: Target, run: RunningVm) -> None:
        self._kept[what.id] = _Kept(what, target, run)

    async def _begins_view_only(self, run: RunningVm) -> bool:
        """Where the VM holds drives, or is unknown to the store, and in a console that only reads:
        there it stays so."""
        if self._enclave.caller.read_only or not run.known:
            return True
        used = select(DriveUse.drive_id).where(DriveUse.vm_id == run.id).limit(1)
        async with self._enclave.database.read() as session:
            return (await session.exec(used)).first() is not None

    def _let_go_where_not_allowed(self) -> None:
        """Whose role no longer lets him open one keeps none open."""
        for each in [*self._kept.values()]:
            why = permissions.why_not(self._enclave.caller, self.opens, each.run)
            if why and not each.what.ended:
                self._background.begin(self._let_go(each.what, why))

    async def _let_go(self, what: W, why: str) -> None:
        await what.leave(f"The {self.noun} was closed: {why}")
        await self.closed(what)
