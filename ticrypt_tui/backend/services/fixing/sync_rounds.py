"""The rounds that no one asks for: Fix VMs and Fix drives of every realm, about every hour; with
them goes the list of licensing servers, to every host that missed a change of it.

Every open console looks whether one is due; the realm's turn is had by one of them at a time, and
who comes second finds the round already run. What needs a yes waits for people.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta
from typing import TYPE_CHECKING

from ticrypt_tui.backend.drivers.base import Reach
from ticrypt_tui.backend.errors import AuditUnavailable, Failed, Refused, TicryptError
from ticrypt_tui.backend.operations import Target
from ticrypt_tui.backend.services.fixing.sync_turns import due_kinds, turn
from ticrypt_tui.backend.services.licensing.policy_hosts import HostPolicy
from ticrypt_tui.backend.services.own_doing import on_record
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.config.realm import RealmSettings

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave
    from ticrypt_tui.backend.services.fixing.result import FixResult

FIRST_AFTER = 60.0
"""Seconds that a console is open before it runs a round: a short visit runs none."""
LOOKS_APART = 30.0
"""Seconds between two looks, at most, whether a round is due."""


class SyncRounds:
    """Runs the rounds that are due; `every` is how long a round is good for."""

    def __init__(self, enclave: Enclave, every: timedelta) -> None:
        self._enclave, self.every = enclave, every
        self._followed = False

    async def run(self) -> None:
        """Run what is due again and again, until cancelled; a read-only console runs none."""
        if self._enclave.settings.session.read_only:
            return
        await asyncio.sleep(FIRST_AFTER)
        if not self._followed:
            async with aclosing(self._for_ever()) as results:
                async for _ in results:
                    pass

    def follow(self, every: timedelta) -> AsyncGenerator[FixResult | TicryptError, None]:
        """The same from now on, each result as it comes, in place of what `run` would do."""
        self._followed, self.every = True, every
        return self._for_ever()

    async def _for_ever(self) -> AsyncGenerator[FixResult | TicryptError, None]:
        while True:
            async with aclosing(self.due()) as results:
                async for result in results:
                    yield result
            await asyncio.sleep(min(LOOKS_APART, self.every.total_seconds() / 2))

    async def due(self) -> AsyncGenerator[FixResult | TicryptError, None]:
        """Run the rounds that are due, one after the other; what one of them fails with is told."""
        if fault := self._enclave.audit.fault:
            yield AuditUnavailable(fault, "No round is run meanwhile.")
            return
        for realm in self._enclave.settings.realms:
            if realm.disabled or realm.id not in self._enclave.drivers:
                continue
            try:
                async with aclosing(self._of_realm(realm)) as results:
                    async for result in results:
                        yield result
            except AuditUnavailable as error:
                yield error
            except Refused:
                continue  # another console was quicker, or people are at it
            except TicryptError as error:
                yield error

    async def _of_realm(
        self, realm: RealmSettings
    ) -> AsyncGenerator[FixResult | TicryptError, None]:
        since = now() - self.every
        if self._sees_none(realm) or not await due_kinds(self._enclave, realm.id, since):
            return
        async with turn(self._enclave, realm.id):
            for kind in await due_kinds(self._enclave, realm.id, since):
                yield await self._round(realm, kind)
                if kind == "vms" and (behind := await self._policy(realm)):
                    yield Failed(f"Licensing servers: {'; '.join(map(str, behind))}")

    def _sees_none(self, realm: RealmSettings) -> bool:
        """Whether this console reaches no host of a realm: another one, that does, may be open.

        A simulated host has nothing to compare: nothing of it is in the store.
        """
        seen = self._enclave.sightings().values()
        reaches = [each.reach for each in seen if each.address.realm_id == realm.id]
        return bool(reaches) and Reach.UP not in reaches

    async def _policy(self, realm: RealmSettings) -> tuple[HostPolicy, ...]:
        """Apply the list of licensing servers; gives the hosts that do not follow it then."""
        hosts = self._enclave.policies.hosts([realm.id])
        real = [each for each in hosts if self._enclave.sightings()[each.host_id].reach is Reach.UP]
        return await self._enclave.policies.keeping.apply(realm.id, real, "periodic")

    async def _round(self, realm: RealmSettings, kind: str) -> FixResult:
        """One round on record, as the console's own doing."""
        from ticrypt_tui.backend.services.fixing.dealing import Wanted
        from ticrypt_tui.backend.services.fixing.round import counts, fix

        target = Target("realm", realm.id, realm.name)
        async with on_record(self._enclave, f"realm.fix_{kind}", target, "periodic") as detail:
            result = await fix(self._enclave, Wanted(realm, kind))
            detail.update(counts(result))
        return result
