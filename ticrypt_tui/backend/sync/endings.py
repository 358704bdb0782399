"""How a VM ended: from what libvirt said when it happened, or from QEMU's own log afterwards."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.drivers.base import DomainEnded, Ending
from ticrypt_tui.backend.store.tables.machines import Vm, VmEnd

# QEMU's log, as libvirt ends it: `2026-11-23 14:02:11.123+0000: shutting down, reason=shutdown`
_LAST_LINE = re.compile(
    rb"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+\+0000): shutting down, reason=([a-z-]+)", re.MULTILINE
)
_STARTED = re.compile(rb"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+\+0000: starting up", re.MULTILINE)
_REASONS = {
    "shutdown": (Ending.BY_GUEST, "shut down by the guest"),
    "destroyed": (Ending.DESTROYED, "destroyed from the host"),
    "crashed": (Ending.CRASHED, "the guest crashed"),
    "failed": (Ending.FAILED, "the hypervisor failed"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a domain's end."""

    ending: Ending
    detail: str
    at: datetime


def told_by_event(event: DomainEnded) -> Told:
    """What libvirt said as it happened."""
    return Told(event.ending, event.detail, event.at)


def told_by_log(log: bytes) -> Told | None:
    """What the end of QEMU's log says of how it ended; None where it does not say.

    A domain that was started again after that line has not ended by it, nor has one that moved to
    another host.
    """
    ends = list(_LAST_LINE.finditer(log))
    if not ends or _STARTED.search(log, ends[-1].end()):
        return None
    at, reason = ends[-1][1].decode(), ends[-1][2].decode()
    if reason == "migrated":
        return None
    ending, detail = _REASONS.get(reason, (Ending.UNKNOWN, f"QEMU's log: {reason}"))
    return Told(ending, detail, datetime.strptime(at, "%Y-%m-%d %H:%M:%S.%f%z").astimezone(UTC))


def how_it_ended(vm: Vm, asked_by: Role | None, told: Told) -> VmEnd:
    """The word for a VM's end (`design.md` 8).

    What an admin does in this console is an admin's doing, also to a VM of his own; below that
    role, who shuts down his own VM is its owner, and so is a user who co-owns it. A guest that
    ends in time after it was asked to was shut down by who asked, forced or not. `vm.end` says what
    the console was about to do.
    """
    if told.ending in (Ending.CRASHED, Ending.FAILED):
        return VmEnd.CRASHED
    if vm.end is not None and told.ending in (Ending.DESTROYED, Ending.UNKNOWN):
        return vm.end
    if told.ending is Ending.DESTROYED:
        return VmEnd.FORCED_OFF if vm.forced else VmEnd.DESTROYED_OUTSIDE
    if asked_by is None:
        return VmEnd.BY_GUEST if told.ending is Ending.BY_GUEST else VmEnd.LOST
    if vm.forced and told.ending is Ending.UNKNOWN:
        return VmEnd.FORCED_OFF
    own = vm.shutdown_asked_by == vm.owner_id and asked_by.rank < Role.ADMIN.rank
    return VmEnd.BY_OWNER if own or asked_by is Role.USER else VmEnd.BY_ADMIN
