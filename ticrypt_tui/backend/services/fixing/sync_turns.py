"""Whose turn it is to compare a realm with libvirt, over all consoles; and what the last did.

The table has three rows for a realm: one for the last round of each kind, and one, `turn`, for the
process that runs one now: `by` names it for good, `started` is when it began, and `ended` until
when it keeps the turn unless it says again that it lives. A dead process's turn is taken over: at
once where it ran on this machine, else when that time is over.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import update
from sqlmodel import col, select

from ticrypt_tui.backend.errors import Refused, TicryptError
from ticrypt_tui.backend.services.realms.realms import KINDS
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.infrastructure import RealmSync
from ticrypt_tui.backend.sync.starters import Fate, fate_of, starter_of

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

TURN = "turn"
KEPT = timedelta(minutes=2)
"""How long a turn is kept without another sign of life, which comes twice as often."""
PATIENCE = 20.0
"""Seconds that people wait for another's turn to end; most rounds are over by then."""
_LOOKS_APART = 0.5
_OURS: set[tuple[str, str]] = set()
"""The turns that this very process has, by database and realm."""


@asynccontextmanager
async def turn(enclave: Enclave, realm_id: str, patience: float = 0) -> AsyncIterator[None]:
    """Have the realm's turn for the block, after waiting so many seconds for another's to end.

    Raises `Refused` where another process still has it.
    """
    key = (enclave.settings.database.url, realm_id)
    await _awaited(enclave, realm_id, key, patience)
    renewing = asyncio.create_task(_renew(enclave, realm_id))
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.shield(_given_back(enclave, realm_id, key))


async def _awaited(enclave: Enclave, realm_id: str, key: tuple[str, str], patience: float) -> None:
    until = time.monotonic() + patience
    while True:
        try:
            return await _taken(enclave, realm_id, key)
        except _Busy:
            if time.monotonic() >= until:
                raise
        await asyncio.sleep(_LOOKS_APART)


async def due_kinds(enclave: Enclave, realm_id: str, since: datetime) -> tuple[str, ...]:
    """The kinds of which no round was begun after that moment and brought to its end."""
    async with enclave.database.read() as session:
        own = select(RealmSync).where(RealmSync.realm_id == realm_id)
        last = {each.kind: each for each in await session.exec(own)}
    good = {kind for kind, each in last.items() if each.ended and each.started > since}
    return tuple(kind for kind in KINDS if kind not in good)


async def begun(enclave: Enclave, realm_id: str, kind: str, by: str, at: datetime) -> None:
    """Record that a round was begun."""
    async with enclave.change() as session:
        row = await session.get(RealmSync, (realm_id, kind))
        row = row or RealmSync(realm_id=realm_id, kind=kind, started=at)
        row.started, row.ended, row.by, row.result = at, None, by, ""
        session.add(row)


async def concluded(
    enclave: Enclave, realm_id: str, kind: str, started: datetime, result: str
) -> None:
    """Record what a round found, unless another was begun since."""
    async with enclave.change() as session:
        own = update(RealmSync).where(col(RealmSync.realm_id) == realm_id)
        this = own.where(col(RealmSync.kind) == kind, col(RealmSync.started) == started)
        await session.exec(this.values(ended=now(), result=result))


async def _taken(enclave: Enclave, realm_id: str, key: tuple[str, str]) -> None:
    """Take the turn, in a transaction that nobody else writes beside; raises `_Busy`."""
    at = now()
    with ExitStack() as where_it_fails:
        async with enclave.change() as session:
            held = await session.get(RealmSync, (realm_id, TURN))
            held = held or RealmSync(realm_id=realm_id, kind=TURN, started=at)
            if key in _OURS or not _over(enclave, held, at):
                raise _Busy(held)
            _OURS.add(key)
            where_it_fails.callback(_OURS.discard, key)
            held.by, held.started, held.ended = starter_of(enclave.audit.origin), at, at + KEPT
            session.add(held)
        where_it_fails.pop_all()


def _over(enclave: Enclave, held: RealmSync, at: datetime) -> bool:
    """Whether nobody has the turn any more."""
    dead = fate_of(held.by, enclave.audit.origin, busy=False) is Fate.DEAD
    return dead or held.ended is None or held.ended < at


class _Busy(Refused):
    """Another process has the turn."""

    def __init__(self, held: RealmSync) -> None:
        machine, _, process = held.by.partition(" ")
        super().__init__(
            "The realm is being compared with its hosts since "
            f"{held.started.astimezone():%H:%M:%S}, by process {process.partition(' ')[0]} on "
            f"{machine}.",
            "Try again when that has ended.",
        )


async def _renew(enclave: Enclave, realm_id: str) -> None:
    """Say again and again that this process lives."""
    while True:
        await asyncio.sleep(KEPT.total_seconds() / 2)
        with suppress(TicryptError):
            async with enclave.change() as session:
                await session.exec(_mine(enclave, realm_id).values(ended=now() + KEPT))


async def _given_back(enclave: Enclave, realm_id: str, key: tuple[str, str]) -> None:
    try:
        with suppress(TicryptError):  # it is over by itself soon
            async with enclave.change() as session:
                await session.exec(_mine(enclave, realm_id).values(by="", ended=now()))
    finally:
        _OURS.discard(key)


def _mine(enclave: Enclave, realm_id: str) -> Any:
    own = update(RealmSync).where(col(RealmSync.realm_id) == realm_id, col(RealmSync.kind) == TURN)
    return own.where(col(RealmSync.by) == starter_of(enclave.audit.origin))
