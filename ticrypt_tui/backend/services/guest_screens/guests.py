"""Guests with a screen: VMs and service VMs, found by one name and judged by the same rules."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.errors import NotFound
from ticrypt_tui.backend.services.service_vms.service_vms import ServiceVmRow, ServiceVms
from ticrypt_tui.backend.services.vms.past import PastVm
from ticrypt_tui.backend.services.vms.running import RunningVms
from ticrypt_tui.backend.services.vms.running_vm import RunningVm
from ticrypt_tui.backend.services.vms.simulation import real
from ticrypt_tui.backend.store.tables.machines import VmState
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

Guest = RunningVm | PastVm | ServiceVmRow

_simulated = real("its VMs have no screens")


@dataclass(frozen=True, slots=True)
class Found:
    """What a name stands for, as operations on any guest are given it."""

    row: Guest
    target_kind: str

    @property
    def id(self) -> str:
        return self.row.id

    @property
    def name(self) -> str:
        return self.row.name

    @property
    def known(self) -> bool:
        """Whether the store knows it: else it is a super-admin's alone."""
        return getattr(self.row, "known", True)


async def find_guest(enclave: Enclave, reference: str) -> Found:
    """The VM or service VM of that ID or name, those that run first.

    Raises `NotFound`, or `Ambiguous` where several VMs bear the name.
    """
    with suppress(NotFound):
        return Found(await RunningVms(enclave).find(enclave.caller, reference), "vm")
    for each in await ServiceVms(enclave).rows():
        if reference in (each.id, each.name, each.run.id if each.run else ""):
            return Found(each, "service_vm")
    return Found(await enclave.find("vm", reference), "vm")


def run_of(row: Guest) -> RunningVm | None:
    """The VM that runs, if one does."""
    if isinstance(row, ServiceVmRow):
        return row.run
    return row if isinstance(row, RunningVm) else None


def has_screen(caller: Caller, thing: Guest | Found, arguments: Mapping[str, Any]) -> str:
    """Why the screen of a guest cannot be opened now, or ''."""
    row = thing.row if isinstance(thing, Found) else thing
    if isinstance(row, PastVm):
        return f"It has ended already: {row.end}."
    run = run_of(row)
    if run is None:
        return "It is off: it has a screen while it is on."
    return _simulated(caller, run, arguments) or _not_reached(run) or _without(run)


def _not_reached(run: RunningVm) -> str:
    if run.stale_since is not None:
        return f"Its host, {shown(run.host)}, does not answer or is not contacted."
    if run.state in (VmState.SCHEDULING, VmState.STARTING):
        return f"It is {run.state}: it has no screen yet."
    return ""


def _without(run: RunningVm) -> str:
    if run.known and not run.service and not run.debug:
        of = f", {shown(run.setup)}," if run.setup else ""
        return (
            f"It has no screen: its setup{of} has debug off. "
            "VMs of a setup with a debug console have one."
        )
    if not run.has_screen and not run.pending:
        return "Its host says that it has no screen."
    return ""
