"""VMs on their way from booting to running: any console takes them on, and ends those too late."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, update
from sqlmodel import col, select

from ticrypt_tui.backend.drivers.base import Ending, Host
from ticrypt_tui.backend.errors import (
    Failed,
    HostUnreachable,
    NotFound,
    StoreUnavailable,
    TicryptError,
)
from ticrypt_tui.backend.news import EVERYTHING
from ticrypt_tui.backend.operations import Record, Target
from ticrypt_tui.backend.services.own_doing import attempt, ending_recorded
from ticrypt_tui.backend.services.vms.ending import record_end
from ticrypt_tui.backend.services.vms.events import add_event
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.machines import Vm, VmEnd, VmState
from ticrypt_tui.backend.sync.endings import Told
from ticrypt_tui.backend.sync.registration import given_up, pause

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

LOOKS_APART = 0.2
LOOK_SECONDS = 1.0
"""How often VMs are looked at while any has still to register; else only when there is news."""
IDLE_SECONDS = 30.0
ENDED_WITHIN = 30.0
"""Seconds in which a VM that was given up must be seen to have ended."""
GONE = "its host does not have it any more"

_ON_ITS_WAY = (VmState.BOOTING, VmState.REGISTERING)


@dataclass(slots=True)
class _Asked:
    """How a VM has been asked since its host answers."""

    since: datetime = field(default_factory=now)
    tries: int = 0
    due: float = 0.0

    def again(self) -> None:
        self.due = time.monotonic() + pause(self.tries)
        self.tries += 1


class Registration:
    """Moves VMs on: `registering` once their host shows them, `running` once their agent answers.

    Every console does this for every VM, each step by a change that only the first of them makes:
    one that is killed leaves nothing undone. A VM that is too late is ended; that it was decided is
    in the store before the host is asked, so that another console may carry it through.
    """

    def __init__(self, enclave: Enclave) -> None:
        self._enclave = enclave
        self._asked: dict[str, _Asked] = {}
        self._steps: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        woken = asyncio.Event()
        leave = self._enclave.subscribe(lambda tab: woken.set() if tab in _NEWS else None)
        try:
            while True:
                woken.clear()
                some = await self._look()
                await asyncio.sleep(LOOKS_APART)
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS if some else IDLE_SECONDS):
                        await woken.wait()
        finally:
            leave()
            for step in self._steps.values():
                step.cancel()
            await asyncio.gather(*self._steps.values(), return_exceptions=True)

    async def _look(self) -> bool:
        """Take every VM that is due one step on, each by itself; whether there are any."""
        waiting: Sequence[Vm] = ()
        with suppress(StoreUnavailable):
            waiting = await self._waiting()
        for vm_id in self._asked.keys() - {vm.id for vm in waiting}:
            del self._asked[vm_id]
        for vm in waiting:
            asked = self._asked.setdefault(vm.id, _Asked())
            if vm.id not in self._steps and time.monotonic() >= asked.due:
                step = self._steps[vm.id] = asyncio.create_task(self._step(vm, asked))
                step.add_done_callback(partial(self._stepped, vm.id))
        return bool(waiting)

    def _stepped(self, vm_id: str, step: asyncio.Task[None]) -> None:
        del self._steps[vm_id]

    async def _waiting(self) -> Sequence[Vm]:
        """The VMs that have still to register, and those that were given up and are still there."""
        here = select(Vm).where(
            col(Vm.ended).is_(None),
            or_(col(Vm.state).in_(_ON_ITS_WAY), col(Vm.end).is_not(None)),
        )
        async with self._enclave.database.read() as session:
            return (await session.exec(here)).all()

    async def _step(self, vm: Vm, asked: _Asked) -> None:
        """One step, or none; what fails is tried again."""
        try:
            host = self._host(vm)
            await self._taken_on(vm, host, asked)
        except HostUnreachable:
            self._asked.pop(vm.id, None)
        except TicryptError:
            asked.again()
        else:
            asked.again()

    def _host(self, vm: Vm) -> Host:
        """The host, which answers and has the VM; raises `HostUnreachable`."""
        host = self._enclave.watch.host(vm.host_id or "")
        seen = self._enclave.sightings()[host.address.host_id]
        if vm.id not in {domain.vm_id for domain in seen.domains}:
            raise HostUnreachable("It is not seen yet, or any more.")
        return host

    async def _taken_on(self, vm: Vm, host: Host, asked: _Asked) -> None:
        timeout = self._timeout(vm)
        if vm.end is not None:
            await self._off(vm, host)
        elif timeout is None:
            await self._moved(vm, VmState.RUNNING, "running", _ON_ITS_WAY)
        else:
            await self._moved(vm, VmState.REGISTERING, "registering", (VmState.BOOTING,))
            if await host.agent_answers(_uuid(vm)):
                at = now()
                await self._moved(vm, VmState.RUNNING, "registered", _ON_ITS_WAY, registered=at)
            elif given_up(vm.started, timeout, asked.since, now()):
                await self._end(vm, host, timeout)

    def _timeout(self, vm: Vm) -> timedelta | None:
        """How long a VM has; a service VM need not: its image may have no agent yet."""
        return None if vm.service else self._enclave.realm(vm.realm_id).registration_timeout

    async def _moved(
        self, vm: Vm, state: VmState, what: str, before: Sequence[VmState], **more: Any
    ) -> None:
        """Record how far a VM has come, unless another console has."""
        if vm.state not in before:
            return
        async with self._enclave.change() as session:
            here = update(Vm).where(col(Vm.id) == vm.id, col(Vm.ended).is_(None))
            moves = here.where(col(Vm.state).in_(before)).values(state=state, **more)
            if (await session.exec(moves)).rowcount:
                add_event(session, vm.id, what)

    async def _end(self, vm: Vm, host: Host, limit: timedelta) -> None:
        """End a VM that is too late, on record; only one console does."""
        reason = f"its guest's agent did not answer within {limit.total_seconds():g} s"
        target = Target("vm", vm.id, vm.name)
        record = attempt("vm.registration_timeout", target, host=vm.host_name, why=reason)
        if self._enclave.audit.fault or not await self._decided(vm, record, reason):
            return
        async with ending_recorded(self._enclave, record):
            await self._off(vm, host)

    async def _decided(self, vm: Vm, record: Record, reason: str) -> bool:
        """Record that a VM is given up; False where it has registered or ended, or another did."""
        values = {"end": VmEnd.REGISTRATION_TIMEOUT, "end_detail": reason}
        async with self._enclave.change() as session:
            here = update(Vm).where(col(Vm.id) == vm.id, col(Vm.ended).is_(None))
            late = here.where(col(Vm.state).in_(_ON_ITS_WAY), col(Vm.end).is_(None))
            if not (
                await session.exec(late.values(state=VmState.SHUTTING_DOWN, **values))
            ).rowcount:
                return False
            add_event(session, vm.id, "registration timeout", reason)
            await self._enclave.audit.append(record, session)
        return True

    async def _off(self, vm: Vm, host: Host) -> None:
        """End a VM that was given up. Raises `Failed` where its end is not seen in time."""
        try:
            await host.force_off(_uuid(vm))
        except NotFound:
            await record_end(self._enclave, vm.id, Told(Ending.UNKNOWN, GONE, now()))
        if not await self._enclave.until(lambda: self._has_ended(vm), ENDED_WITHIN):
            raise Failed(f"It did not end within {ENDED_WITHIN:g} s.", "It will be tried again.")

    async def _has_ended(self, vm: Vm) -> bool:
        async with self._enclave.database.read() as session:
            going = select(Vm.id).where(Vm.id == vm.id, col(Vm.ended).is_(None))
            return (await session.exec(going)).first() is None


_NEWS = (EVERYTHING, "running")


def _uuid(vm: Vm) -> str:
    return vm.id.removeprefix("vm-")
