"""One round over one realm: read, compare, and do what may be done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from ticrypt_tui.backend.services.fixing.dealing import Repair, Wanted, deal
from ticrypt_tui.backend.services.fixing.drives import repair_drive
from ticrypt_tui.backend.services.fixing.reading import read_plan
from ticrypt_tui.backend.services.fixing.result import Fixed, FixResult, Silent
from ticrypt_tui.backend.services.fixing.storage import read_drive_plan
from ticrypt_tui.backend.services.fixing.sync_turns import begun, concluded
from ticrypt_tui.backend.services.fixing.vms import repair_vm
from ticrypt_tui.backend.services.realms.realms import KINDS
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.sync.differences import Difference
from ticrypt_tui.backend.sync.snapshots import HostSnapshot, StorageSnapshot

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

VMS, DRIVES = KINDS


@dataclass(frozen=True, slots=True)
class _Found:
    """What a reading found, and how each difference is put right."""

    checked: int
    in_flight: int
    hosts: Sequence[HostSnapshot | StorageSnapshot]
    differences: tuple[Difference, ...]
    repair: Repair


async def fix(enclave: Enclave, wanted: Wanted) -> FixResult:
    """One round: read, compare, and do what may be done; who calls this has the realm's turn.

    What fails for one difference leaves the others alone. Raises a `TicryptError` where the store
    or the audit log fails.
    """
    started = now()
    if not wanted.dry_run:
        await begun(enclave, wanted.realm.id, wanted.kind, wanted.by, started)
    found = await _READERS[wanted.kind](enclave, wanted.realm.id)
    fixed = await deal(enclave, wanted, found.differences, found.repair)
    result = _result(wanted, found, fixed, started)
    if not wanted.dry_run:
        await concluded(enclave, wanted.realm.id, wanted.kind, started, result.summary)
    for tab in ("realms", "running", "service", "hosts", "drives", "volumes"):
        enclave.news.tell(tab)
    return result


def counts(result: FixResult) -> dict[str, str]:
    """What the record of a round says of it."""
    silent = ", ".join(each.host for each in result.silent)
    return {"found": result.summary, **({"silent": silent} if silent else {})}


async def _read_vms(enclave: Enclave, realm_id: str) -> _Found:
    plan = await read_plan(enclave, realm_id)
    own = [vm for vm in plan.store.vms.values() if vm.ended is None and vm.realm_id == realm_id]
    return _Found(
        len(own), sum(bool(vm.busy) for vm in own), plan.hosts, plan.differences,
        partial(_repaired, repair_vm, enclave, plan),
    )  # fmt: skip


async def _read_drives(enclave: Enclave, realm_id: str) -> _Found:
    plan = await read_drive_plan(enclave, realm_id)
    busy = sum(drive.busy for drive in plan.store.drives)
    return _Found(
        len(plan.store.drives), busy, plan.hosts, plan.differences,
        partial(_repaired, repair_drive, enclave, plan),
    )  # fmt: skip


_READERS: Mapping[str, Callable[[Enclave, str], Awaitable[_Found]]] = {
    VMS: _read_vms,
    DRIVES: _read_drives,
}


async def _repaired(repair: Any, enclave: Enclave, plan: Any, difference: Difference) -> bool:
    done: bool = await repair(enclave, difference, plan)
    return done


def _result(
    wanted: Wanted, found: _Found, fixed: tuple[Fixed, ...], started: datetime
) -> FixResult:
    known = {each.id for each in found.differences}
    return FixResult(
        realm=wanted.realm.name,
        kind=wanted.kind,
        dry_run=wanted.dry_run,
        checked=found.checked,
        answered=tuple(sorted(host.name for host in found.hosts if not host.silent)),
        silent=tuple(_silent(found.hosts)),
        fixed=fixed,
        started=started,
        ended=now(),
        by=wanted.by,
        not_found=tuple(each for each in wanted.accept if each not in known),
        in_flight=found.in_flight,
    )


def _silent(hosts: Sequence[HostSnapshot | StorageSnapshot]) -> list[Silent]:
    """The hosts, and the pools of hosts, of which nothing is known."""
    said = [Silent(host.name, host.silent) for host in hosts if host.silent]
    for host in hosts:
        unread = getattr(host, "unread", {})
        said += [Silent(host.name, f"pool {pool}: {why}") for pool, why in unread.items()]
    return sorted(said, key=lambda each: each.host)
