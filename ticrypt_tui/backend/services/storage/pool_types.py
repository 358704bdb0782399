"""The types of storage pool that each realm's hosts can make, and why not the others."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from ticrypt_tui.backend.drivers.base import HostSeen, Reach
from ticrypt_tui.backend.drivers.stored import PoolType
from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.backend.services.base import Detail, Section, Service
from ticrypt_tui.backend.services.wording import listed


@dataclass(frozen=True, slots=True)
class PoolTypeRow:
    """A type of pool in a realm; `why_not` is the reason of a host that cannot make it."""

    id: str
    name: str
    realm: str
    realm_id: str
    hosts: tuple[str, ...]
    why_not: str
    source: str

    @property
    def note(self) -> str:
        """Where it can be made, or why it cannot be."""
        if not self.hosts:
            return f"not here: {self.why_not}"
        wants = f" · source: {self.source}" if self.source else ""
        return f"on {listed(self.hosts, 3)}{wants}"


class PoolTypes(Service[PoolTypeRow]):
    """What a new pool can be: chosen from in its form, and listed by the command line."""

    tab = "pooltypes"
    kind = "pool type"
    noun = "type of storage pool"

    async def rows(self) -> tuple[PoolTypeRow, ...]:
        seen = [each for each in self.enclave.sightings().values() if each.reach is Reach.UP]
        said = await asyncio.gather(*(self._types(each) for each in seen))
        found: dict[tuple[str, str], dict[str, PoolType]] = {}
        for host, types in zip(seen, said, strict=True):
            for each in types:
                of_realm = found.setdefault((host.address.realm_id, each.name), {})
                of_realm[host.address.name] = each
        realms = self.enclave.realm_names
        rows = [
            _row(realm_id, realms[realm_id], name, on) for (realm_id, name), on in found.items()
        ]
        return tuple(sorted(rows, key=lambda row: (row.realm, not row.hosts)))

    async def detail(self, row: PoolTypeRow) -> Detail:
        return Detail(row.name, (Section("Type of storage pool", (("made", row.note),)),))

    async def _types(self, host: HostSeen) -> tuple[PoolType, ...]:
        try:
            return await self.enclave.watch.host(host.address.host_id).pool_types()
        except TicryptError:  # what can be made there is found out when it is tried
            return ()


def _row(realm_id: str, realm: str, name: str, on: Mapping[str, PoolType]) -> PoolTypeRow:
    able = tuple(sorted(host for host, each in on.items() if each.available))
    reasons = [each.why_not for each in on.values() if each.why_not]
    source = next((each.source for each in on.values() if each.source), "")
    return PoolTypeRow(name, name, realm, realm_id, able, next(iter(reasons), ""), source)
