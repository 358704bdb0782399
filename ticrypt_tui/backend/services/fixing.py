"""Fix VMs and Fix drives: a plan, then what is safe, then what was given a yes (domain.md 2.1).

Nothing is adopted, and no VM is destroyed and no volume deleted, whatever is accepted.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.errors import AuditUnavailable, StoreUnavailable, TicryptError
from ticrypt_tui.backend.operations import Argument, Call, Record, Target, operation
from ticrypt_tui.backend.services import sync_turns
from ticrypt_tui.backend.services.fix_result import Fixed, FixResult, Outcome, Silent
from ticrypt_tui.backend.services.fixing_drives import repair_drive
from ticrypt_tui.backend.services.fixing_reading import AT_ONCE, read_plan
from ticrypt_tui.backend.services.fixing_storage import read_drive_plan
from ticrypt_tui.backend.services.fixing_vms import repair_vm
from ticrypt_tui.backend.services.realms import KINDS, RealmRow
from ticrypt_tui.backend.services.sync_turns import begun, concluded, turn
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.sync.differences import Difference, Grade
from ticrypt_tui.backend.sync.snapshots import HostSnapshot, StorageSnapshot
from ticrypt_tui.config.realm import RealmSettings

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

VMS, DRIVES = KINDS
_Repair = Callable[[Difference], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one round is to do, and for whom; without a caller it is the console's own."""

    realm: RealmSettings
    kind: str
    caller: Caller | None = None
    dry_run: bool = False
    accept: Collection[str] = ()

    @property
    def by(self) -> str:
        return self.caller.login if self.caller else "the periodic sync"


@dataclass(frozen=True, slots=True)
class _Found:
    """What a reading found, and how each difference is put right."""

    checked: int
    in_flight: int
    hosts: Sequence[HostSnapshot | StorageSnapshot]
    differences: tuple[Difference, ...]
    repair: _Repair


def in_use(caller: Caller, thing: RealmRow | None, arguments: Mapping[str, Any]) -> str:
    """A realm that is disabled, or has no driver, is compared with nothing."""
    if thing is None:
        return ""
    if thing.disabled:
        return "The realm is disabled in the configuration file: its hosts are not contacted."
    return thing.fault


_REALM = Argument("realm", "object", says="a realm's ID or name")
_DRY_RUN = Argument("dry_run", "flag", required=False, says="show the plan, and change nothing")
_ACCEPT = Argument("accept", "list", required=False, says="IDs of differences that need a yes")


@operation(
    "realm.fix_vms", _REALM, _DRY_RUN, _ACCEPT,
    on="realm",
    says="Compare a realm's VMs with what its hosts run, and put the store right.",
    preconditions=(in_use,),
)  # fmt: skip
async def fix_vms(
    call: Call, realm: RealmRow, *, dry_run: bool = False, accept: Sequence[str] = ()
) -> FixResult:
    """Apply what is safe and what is accepted; `Refused` while another console does."""
    return await _called(call, realm, VMS, dry_run, accept)


@operation(
    "realm.fix_drives", _REALM, _DRY_RUN, _ACCEPT,
    on="realm",
    says="Compare a realm's drives with the volumes of its hosts, and put the store right.",
    preconditions=(in_use,),
)  # fmt: skip
async def fix_drives(
    call: Call, realm: RealmRow, *, dry_run: bool = False, accept: Sequence[str] = ()
) -> FixResult:
    """Apply what is safe and what is accepted; `Refused` while another console does."""
    return await _called(call, realm, DRIVES, dry_run, accept)


async def _called(
    call: Call, realm: RealmRow, kind: str, dry_run: bool, accept: Sequence[str]
) -> FixResult:
    wanted = Wanted(call.enclave.realm(realm.id), kind, call.caller, dry_run, accept)
    if dry_run:
        result = await fix(call.enclave, wanted)
    else:
        async with turn(call.enclave, realm.id, sync_turns.PATIENCE):
            result = await fix(call.enclave, wanted)
    call.detail.update(counts(result))
    return result


async def fix(enclave: Enclave, wanted: Wanted) -> FixResult:
    """One round: read, compare, and do what may be done; who calls this has the realm's turn.

    What fails for one difference leaves the others alone. Raises a `TicryptError` where the store
    or the audit log fails.
    """
    started = now()
    if not wanted.dry_run:
        await begun(enclave, wanted.realm.id, wanted.kind, wanted.by, started)
    found = await _READERS[wanted.kind](enclave, wanted.realm.id)
    fixed = await _all_dealt_with(enclave, wanted, found)
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


async def _all_dealt_with(enclave: Enclave, wanted: Wanted, found: _Found) -> tuple[Fixed, ...]:
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(difference: Difference) -> Fixed:
        if (left := _left(difference, wanted)) is not None:
            return Fixed(difference, left)
        async with turns:
            return await _dealt_with(enclave, wanted, difference, found.repair)

    dealt = await asyncio.gather(*map(one, found.differences), return_exceptions=True)
    for each in dealt:
        if isinstance(each, BaseException):  # the store or the audit log failed
            raise each
    return tuple(each for each in dealt if isinstance(each, Fixed))


def _left(difference: Difference, wanted: Wanted) -> Outcome | None:
    """Why nothing is done about a difference now; None where something is."""
    if difference.grade is Grade.NEVER:
        return Outcome.LEFT_ALONE
    if wanted.dry_run:
        return Outcome.PLANNED
    if difference.grade is Grade.ASK and difference.id not in wanted.accept:
        return Outcome.NOT_ACCEPTED
    return None


async def _dealt_with(
    enclave: Enclave, wanted: Wanted, difference: Difference, repair: _Repair
) -> Fixed:
    """Put one difference right, on record: no change without its attempt."""
    record = _record(wanted, difference)
    try:
        await enclave.audit.append(record)
        done = await repair(difference)
    except (AuditUnavailable, StoreUnavailable):
        raise
    except TicryptError as error:
        await _recorded(enclave, record, "failed", str(error))
        return Fixed(difference, Outcome.FAILED, str(error))
    except asyncio.CancelledError:
        told = "cancelled; it may have taken effect"
        await asyncio.shield(_recorded(enclave, record, "failed", told))
        raise
    outcome = Outcome.DONE if done else Outcome.NO_LONGER
    await _recorded(enclave, record, "done", "" if done else str(Outcome.NO_LONGER))
    return Fixed(difference, outcome)


def _record(wanted: Wanted, difference: Difference) -> Record:
    of = difference.kind.partition(" ")[0].lower()
    detail = {
        "difference": str(difference.kind), "store": difference.store_says,
        "libvirt": difference.libvirt_says, "will": difference.will_do,
        "realm": wanted.realm.id,
    }  # fmt: skip
    return Record(
        f"{of}.fix", uuid.uuid4().hex, "attempted", wanted.caller,
        Target(of, difference.subject, difference.what), detail=detail,
    )  # fmt: skip


async def _recorded(enclave: Enclave, record: Record, outcome: str, reason: str) -> None:
    with suppress(AuditUnavailable):
        await enclave.audit.append(replace(record, outcome=outcome, reason=reason))


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
