"""Drives that a process was making, or giving another key, which is no more: given back by whoever
sees them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import update
from sqlmodel import col, select

from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.backend.operations import Record, Target
from ticrypt_tui.backend.services.drives.row import BUSY, UNDERWAY, DriveState
from ticrypt_tui.backend.services.own_doing import attempt, ending_recorded
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.data import Drive
from ticrypt_tui.backend.sync.starters import Fate, fate_of, starter_of

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

LOOKS_APART = 30.0
"""Seconds between two looks for drives that nobody makes any more."""
SETTLED = timedelta(seconds=30)
"""How long a host may still be at what a process asked of it that has died."""
GIVEN_UP = timedelta(minutes=10)
"""After how long a drive is given up that another machine's process makes: nothing is known of it
here, and no volume takes as long."""
COPIED_WITHIN = timedelta(hours=2)
"""The same of a drive that gets another key there: what is copied has an hour."""
DIED = "The console that made it ended first. Delete it, and make it anew."

_INTERRUPTED = {
    DriveState.CREATING: "drive.create_interrupted",
    DriveState.REENCRYPTING: "drive.unshare_interrupted",
}


class UnfinishedDrives:
    """Gives back the drives whose making, or new key, was begun by a process that is no more.

    Each is claimed first, by becoming who makes it in the store, so that two consoles never deal
    with one at once; a console that dies over it leaves it to the next.
    """

    def __init__(self, enclave: Enclave) -> None:
        self._enclave = enclave
        self._dead_since: dict[str, datetime] = {}
        self._elsewhere_since: dict[str, datetime] = {}

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            with suppress(TicryptError):  # what fails is tried again
                await self.look()
            await asyncio.sleep(LOOKS_APART)

    async def look(self) -> None:
        """Deal with what can be judged now."""
        making = select(Drive).where(col(Drive.state).in_(BUSY))
        async with self._enclave.database.read() as session:
            drives = list(await session.exec(making))
        dead = {each.id for each in drives if self._is_dead(each)}
        self._dead_since = {each: self._dead_since.get(each, now()) for each in dead}
        for drive in drives:
            since = self._dead_since.get(drive.id)
            if since is not None and now() - since >= SETTLED:
                with suppress(TicryptError):  # it is tried again
                    await self._given_back(drive)

    def _is_dead(self, drive: Drive) -> bool:
        """Whether nobody is at it any more, as far as that is known here."""
        origin = self._enclave.audit.origin
        fate = fate_of(drive.state_detail, origin, busy=drive.id in UNDERWAY)
        if fate is not Fate.ELSEWHERE:
            return fate is Fate.DEAD
        if drive.state == DriveState.CREATING:
            return now() - drive.created >= GIVEN_UP
        seen = self._elsewhere_since.setdefault(f"{drive.id} {drive.state_detail}", now())
        return now() - seen >= COPIED_WITHIN

    async def _given_back(self, drive: Drive) -> None:
        """Leave no volume but the drive's own, and of one that was being made none at all."""
        from ticrypt_tui.backend.services.drives.rekeying import leave_one_volume

        target = Target("drive", drive.id, drive.name)
        record = attempt(_INTERRUPTED[DriveState(drive.state)], target, volume=drive.volume)
        if self._enclave.audit.fault or not await self._claimed(drive, record):
            return
        async with ending_recorded(self._enclave, record):
            if drive.state == DriveState.CREATING:
                await self._unmade(drive)
            else:
                await leave_one_volume(self._enclave, drive)

    async def _unmade(self, drive: Drive) -> None:
        """Delete the volume, as far as it is there, and say that the drive failed."""
        from ticrypt_tui.backend.services.drives.creating import note_failed
        from ticrypt_tui.backend.services.drives.places import volume_of

        host, path = await volume_of(self._enclave, drive.id)
        if path:
            await host.delete_volume(path)
        await note_failed(self._enclave, drive.id, DIED)

    async def _claimed(self, drive: Drive, record: Record) -> bool:
        """Become who makes it; False where it is there, or another console was quicker."""
        mine = starter_of(self._enclave.audit.origin)
        async with self._enclave.change() as session:
            here = update(Drive).where(
                col(Drive.id) == drive.id, col(Drive.state) == drive.state,
                col(Drive.state_detail) == drive.state_detail,
            )  # fmt: skip
            if (await session.exec(here.values(state_detail=mine))).rowcount == 0:
                return False
            await self._enclave.audit.append(record, session)
        return True
