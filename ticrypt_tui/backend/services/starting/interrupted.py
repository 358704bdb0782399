"""Starts whose console died: each is carried on or given back, by whichever console sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import update
from sqlmodel import col, select

from ticrypt_tui.backend.errors import Failed, TicryptError
from ticrypt_tui.backend.operations import Record, Target
from ticrypt_tui.backend.services.hosts.usage import NOT_UP_YET
from ticrypt_tui.backend.services.own_doing import attempt, ending_recorded
from ticrypt_tui.backend.services.starting.giving_back import Begun, give_back
from ticrypt_tui.backend.services.vms.events import add_event
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.machines import Vm, VmState
from ticrypt_tui.backend.sync.begun import SETTLED, Shown, Unfinished, Verdict, plan
from ticrypt_tui.backend.sync.starters import UNDERWAY, Fate, fate_of, starter_of

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

LOOKS_APART = 1.0
"""Seconds between two looks while a start waits for its judgement; else `SELDOM`."""
SELDOM = 30.0


class InterruptedStarts:
    """Carries on or gives back what dead processes had begun, by the rule of `sync.begun`.

    Each VM is claimed first, by becoming its starter in the store, so that two consoles never judge
    one at once; a console that dies over it leaves it to the next.
    """

    def __init__(self, enclave: Enclave) -> None:
        self._enclave = enclave
        self._dead_since: dict[str, datetime] = {}
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            soon = False
            with suppress(TicryptError):  # what fails is tried again
                soon = await self.look()
            await asyncio.sleep(LOOKS_APART if soon else SELDOM)

    async def settled(self, seconds: float) -> None:
        """Wait until every start that can be judged is, `seconds` at most."""

        async def all_judged() -> bool:
            return not await self.look()

        await self._enclave.until(all_judged, seconds)

    async def look(self) -> bool:
        """Deal with what can be judged now; whether something is left that soon can be."""
        async with self._turn:
            vms = {vm.id: vm for vm in await self._not_up()}
            starts = [self._unfinished(vm) for vm in vms.values()]
            self._dead_since = {start.vm_id: start.dead_since for start in starts}
            decided = plan(starts, self._shown(), now())
            for vm_id, verdict in decided.items():
                with suppress(TicryptError):  # it is judged anew
                    await self._dealt_with(vms[vm_id], verdict)
            return self._asked_again(starts, decided)

    async def _not_up(self) -> Sequence[Vm]:
        here = select(Vm).where(col(Vm.ended).is_(None), col(Vm.state).in_(NOT_UP_YET))
        async with self._enclave.database.read() as session:
            return (await session.exec(here)).all()

    def _unfinished(self, vm: Vm) -> Unfinished:
        fate = fate_of(vm.starter, self._enclave.audit.origin, busy=vm.id in UNDERWAY)
        since = now() if fate is Fate.ALIVE else self._dead_since.get(vm.id, now())
        return Unfinished(vm.id, vm.host_id, vm.created, fate, since)

    def _shown(self) -> dict[str, Shown]:
        return {
            host_id: Shown(seen.read_at, frozenset(each.vm_id or "" for each in seen.domains))
            for host_id, seen in self._enclave.sightings().items()
            if seen.fresh and seen.read_at is not None
        }

    def _asked_again(self, starts: Sequence[Unfinished], decided: Mapping[str, Verdict]) -> bool:
        """Have hosts read anew whose word is waited for; whether there are any."""
        waiting = [
            start
            for start in starts
            if decided[start.vm_id] is Verdict.WAIT
            and start.abandoned(now())
            and self._enclave.is_up(start.host_id or "")
        ]
        for host_id in {start.host_id for start in waiting if now() > start.dead_since + SETTLED}:
            self._enclave.watch.refresh(host_id)
        return bool(waiting)

    async def _dealt_with(self, vm: Vm, verdict: Verdict) -> None:
        if verdict is Verdict.WAIT:
            return
        target = Target("vm", vm.id, vm.name)
        record = attempt("vm.start_interrupted", target, host=vm.host_name, decided=verdict)
        if self._enclave.audit.fault or not await self._claimed(vm, record):
            return
        UNDERWAY.add(vm.id)
        try:
            async with ending_recorded(self._enclave, record):
                await self._carried_out(vm, verdict)
        finally:
            UNDERWAY.discard(vm.id)

    async def _claimed(self, vm: Vm, record: Record) -> bool:
        """Become the VM's starter; False where it is up, has ended, or another was quicker."""
        mine = starter_of(self._enclave.audit.origin)
        async with self._enclave.change() as session:
            here = _going(vm).where(col(Vm.starter) == vm.starter)
            if (await session.exec(here.values(starter=mine))).rowcount == 0:
                return False
            await self._enclave.audit.append(record, session)
        return True

    async def _carried_out(self, vm: Vm, verdict: Verdict) -> None:
        """Raises `Failed` where its host does not answer any more."""
        if verdict is Verdict.CARRY_ON:
            async with self._enclave.change() as session:
                up = {"state": VmState.BOOTING, "started": now(), "starter": ""}
                await session.exec(_going(vm).values(**up))
                add_event(session, vm.id, "started", f"{vm.host_name}; {_DIED}")
            return
        realm = self._enclave.realm(vm.realm_id)
        begun = Begun(vm.id, realm, vm.host_id, vm.service)
        if not await give_back(self._enclave, begun, _DIED):
            raise Failed("Its host does not say whether it started.", "It is judged anew.")


_DIED = "the console that started it ended first"


def _going(vm: Vm) -> Any:
    here = update(Vm).where(col(Vm.id) == vm.id, col(Vm.ended).is_(None))
    return here.where(col(Vm.state).in_(NOT_UP_YET))
