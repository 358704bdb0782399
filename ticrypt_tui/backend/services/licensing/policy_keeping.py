"""When a realm's list is applied though nobody asks: what expires, and hosts that were away."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from ticrypt_tui.backend.background import Background
from ticrypt_tui.backend.drivers.base import HostAddress, HostSeen, Reach
from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.backend.operations import Target
from ticrypt_tui.backend.services.licensing.policy_hosts import HostPolicy
from ticrypt_tui.backend.services.licensing.policy_reading import expired_between, next_expiry
from ticrypt_tui.backend.services.own_doing import on_record
from ticrypt_tui.backend.store.tables.columns import now

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

OPERATION = "license.resync"
LOOKS_APART = 30.0
"""Seconds, at most, between two looks for what has expired."""
LEFT_WITHIN = 5.0
"""Seconds, at most, that leaving waits for what was cut short, such as its record."""


class PolicyKeeping:
    """Keeps the hosts up with the list; in a read-only console it does nothing."""

    def __init__(self, enclave: Enclave) -> None:
        self._enclave = enclave
        self._away: set[str] = set()
        self._background = Background()

    async def run(self) -> None:
        """Apply what expires, and have whoever looks at the tab look again, until cancelled."""
        since = now()
        while True:
            await asyncio.sleep(await self._pause())
            with suppress(TicryptError):
                until = now()
                if await expired_between(self._enclave, since, until):
                    await self.everywhere("an entry expired")
                since = until
            self._enclave.news.tell("licensing")

    def seen(self, host: HostSeen) -> None:
        """The watch: how a host is reached; one that was away may have missed a change."""
        if not host.fresh:
            self._away.add(host.address.host_id)
        elif host.reach is Reach.UP and host.address.host_id in self._away:
            self._away.discard(host.address.host_id)
            self._background.begin(self._caught_up(host.address))

    async def everywhere(self, why: str) -> None:
        """Apply every realm's list, on record; what a host fails with is told in the tab."""
        hosts = {each: self._enclave.policies.hosts([each]) for each in self._enclave.realms}
        await asyncio.gather(*(self.apply(each, hosts[each], why) for each in hosts))

    async def apply(
        self, realm_id: str, hosts: Sequence[HostAddress], why: str
    ) -> tuple[HostPolicy, ...]:
        """Apply a realm's list to these hosts, on record; gives those that are not in sync then.

        Raises `AuditUnavailable`, `StoreUnavailable`.
        """
        if not hosts or self._enclave.settings.session.read_only:
            return ()
        target = Target("realm", realm_id, self._enclave.realm_names[realm_id])
        if len(hosts) == 1:
            target = Target("host", hosts[0].host_id, hosts[0].name)
        async with on_record(self._enclave, OPERATION, target, why) as detail:
            found = await self._enclave.policies.apply(hosts)
            behind = tuple(each for each in found if not each.in_sync)
            detail["changed"] = str(sum(each.changed for each in found))
            detail["behind"] = str(len(behind))
        return behind

    async def close(self) -> None:
        """Stop; waits for no host."""
        await self._background.close(LEFT_WITHIN)

    async def _caught_up(self, host: HostAddress) -> None:
        with suppress(TicryptError):  # the next round tries again
            if host in self._enclave.policies.hosts([host.realm_id]):
                await self.apply(host.realm_id, [host], "the host came back")

    async def _pause(self) -> float:
        """Seconds until the next look: sooner where an entry expires sooner."""
        with suppress(TicryptError):
            if at := await next_expiry(self._enclave):
                left = (at - now()).total_seconds()
                return min(max(left, 0.0) + 0.05, LOOKS_APART)
        return LOOKS_APART
