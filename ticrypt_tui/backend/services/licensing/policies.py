"""The list of licensing servers on every host: how it was last seen to stand, and applying it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from ticrypt_tui.backend.drivers.base import HostAddress
from ticrypt_tui.backend.services.host_readings import HostReadings
from ticrypt_tui.backend.services.licensing import policy_hosts
from ticrypt_tui.backend.services.licensing.policy_hosts import HostPolicy
from ticrypt_tui.backend.services.licensing.policy_keeping import PolicyKeeping
from ticrypt_tui.backend.services.licensing.policy_reading import policy_of
from ticrypt_tui.config.realm import RealmSettings

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

__all__ = ["HostPolicy", "Policies", "policy_of"]

TAB = "licensing"


class Policies:
    """Every realm's list on every host; `enclave.policies` is the one, `keeping` its own doings."""

    def __init__(self, enclave: Enclave) -> None:
        self._enclave = enclave
        self._readings: HostReadings[HostPolicy] = HostReadings(self._tell)
        self.keeping = PolicyKeeping(enclave)

    @property
    def states(self) -> Mapping[str, HostPolicy]:
        """How each host was last seen to stand, by its ID; none yet of one never looked at."""
        return MappingProxyType(self._readings.last)

    async def look(self) -> None:
        """Have read what is due; waits, for a moment, only for hosts that were never read.

        Tells the tab `licensing` of what comes later.
        """
        hosts = self.hosts(self._enclave.realms)
        self._readings.keep_only({each.host_id for each in hosts})
        self._readings.begin(hosts, partial(policy_hosts.read, self._enclave))
        await self._readings.first()

    def expire(self) -> None:
        """Read every host anew at the next look."""
        self._readings.expire()

    async def apply_everywhere(
        self, realms: Collection[str] | None = None
    ) -> tuple[HostPolicy, ...]:
        """Apply the lists of these realms, or of all, to all their hosts side by side.

        One that fails is told in its place, and holds up no other. Raises `StoreUnavailable`.
        """
        return await self.apply(self.hosts(self._enclave.realms if realms is None else realms))

    async def apply(self, hosts: Sequence[HostAddress]) -> tuple[HostPolicy, ...]:
        """Apply their realms' lists to some hosts. Raises `StoreUnavailable`."""
        found = await policy_hosts.applied(self._enclave, hosts)
        self._readings.last |= {each.host_id: each for each in found}
        self._tell()
        return found

    async def ready(self, host_id: str, realm: RealmSettings) -> None:
        """Have a host enforce its realm's list before a VM starts there; raises `Failed`."""
        await policy_hosts.ready(self._enclave, host_id, realm.id)

    def hosts(self, realms: Iterable[str]) -> list[HostAddress]:
        """The hosts of these realms, but of none that is switched off."""
        off = {each.id for each in self._enclave.settings.realms if each.disabled}
        wanted = self._enclave.drivers.keys() & set(realms) - off
        seen = self._enclave.sightings().values()
        return [each.address for each in seen if each.address.realm_id in wanted]

    async def close(self) -> None:
        """Stop reading and doing; waits for no host."""
        await self.keeping.close()
        await self._readings.close()

    def _tell(self) -> None:
        self._enclave.news.tell(TAB)
