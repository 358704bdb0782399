"""What is done about the differences of a round: each by itself, and each on record.

The attempts are recorded together before the first repair, and the outcomes together after the
last: no repair without its attempt. One that a console does not live to finish is found as
interrupted, as every operation is.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.errors import AuditUnavailable, StoreUnavailable, TicryptError
from ticrypt_tui.backend.operations import Record, Target
from ticrypt_tui.backend.services.fixing.reading import AT_ONCE
from ticrypt_tui.backend.services.fixing.result import Fixed, Outcome
from ticrypt_tui.backend.sync.differences import Difference, Grade
from ticrypt_tui.config.realm import RealmSettings

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

CUT = "cancelled; it may have taken effect"
Repair = Callable[[Difference], Awaitable[bool]]
"""Puts a difference right; False where the store is not as it was read any more."""


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


async def deal(
    enclave: Enclave, wanted: Wanted, differences: Sequence[Difference], repair: Repair
) -> tuple[Fixed, ...]:
    """Put right what may be; one that fails leaves the others alone.

    Raises `StoreUnavailable` or `AuditUnavailable`, which nothing can be done without.
    """
    left = {each.id: _left(each, wanted) for each in differences}
    chosen = [each for each in differences if left[each.id] is None]
    done = await _repaired(enclave, [_record(wanted, each) for each in chosen], chosen, repair)
    return tuple(
        done[each.id] if (why := left[each.id]) is None else Fixed(each, why)
        for each in differences
    )


def _left(difference: Difference, wanted: Wanted) -> Outcome | None:
    """Why nothing is done about a difference now; None where something is."""
    if difference.grade is Grade.NEVER:
        return Outcome.LEFT_ALONE
    if wanted.dry_run:
        return Outcome.PLANNED
    if difference.grade is Grade.ASK and difference.id not in wanted.accept:
        return Outcome.NOT_ACCEPTED
    return None


async def _repaired(
    enclave: Enclave, records: Sequence[Record], chosen: Sequence[Difference], repair: Repair
) -> dict[str, Fixed]:
    """What became of each, by its ID."""
    if not chosen:
        return {}
    await _append(enclave, records)
    done: dict[str, Fixed] = {}
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(difference: Difference) -> None:
        async with turns:
            done[difference.id] = await _dealt_with(difference, repair)

    try:
        faults = await asyncio.gather(*map(one, chosen), return_exceptions=True)
    finally:
        ended = (
            _ended(record, done.get(each.id)) for record, each in zip(records, chosen, strict=True)
        )
        with suppress(AuditUnavailable, StoreUnavailable):  # their attempts tell that they began
            await asyncio.shield(_append(enclave, list(ended)))
    for fault in faults:
        if fault is not None:  # the store or the audit log failed
            raise fault
    return done


async def _dealt_with(difference: Difference, repair: Repair) -> Fixed:
    try:
        done = await repair(difference)
    except (AuditUnavailable, StoreUnavailable):
        raise
    except TicryptError as error:
        return Fixed(difference, Outcome.FAILED, str(error))
    return Fixed(difference, Outcome.DONE if done else Outcome.NO_LONGER)


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


def _ended(record: Record, fixed: Fixed | None) -> Record:
    if fixed is None:
        return replace(record, outcome="failed", reason=CUT)
    if fixed.outcome is Outcome.FAILED:
        return replace(record, outcome="failed", reason=fixed.reason)
    reason = "" if fixed.outcome is Outcome.DONE else str(fixed.outcome)
    return replace(record, outcome="done", reason=reason)


async def _append(enclave: Enclave, records: Iterable[Record]) -> None:
    """Write records together; raises `AuditUnavailable` while the log cannot be written."""
    if enclave.audit.fault:
        raise AuditUnavailable(enclave.audit.fault, "Nothing was changed.")
    async with enclave.change() as session:
        for record in records:
            await enclave.audit.append(record, session)
