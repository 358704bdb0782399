"""The list of licensing servers on its way to every host: when it is applied, and how it stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ticrypt_tui.backend.policy.policy import HostPolicyState, Policy
from ticrypt_tui.config.realm import RealmSettings

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave


@dataclass(frozen=True, slots=True)
class HostPolicy:
    """How a realm's list stands on one of its hosts; `host` is the host's name.

    `changed` is whether it was just changed there.
    """

    host_id: str
    host: str
    realm_id: str
    standing: HostPolicyState
    changed: bool = False


async def policy_of(enclave: Enclave, realm_id: str) -> Policy:
    """What the VMs of a realm may reach now: entries that have not expired. Reads the store."""
    raise NotImplementedError


class Policies:
    """Every realm's list on every host; `enclave.policies` is the one."""

    def __init__(self, enclave: Enclave) -> None:
        self._enclave = enclave

    @property
    def states(self) -> Mapping[str, HostPolicy]:
        """How each host was last seen to stand, by its ID; none yet of one never looked at."""
        raise NotImplementedError

    async def look(self) -> None:
        """Have read what is due; waits, for a moment, only for hosts that were never read.

        Tells the tab `licensing` of what comes later.
        """
        raise NotImplementedError

    async def apply_everywhere(
        self, realms: Collection[str] | None = None
    ) -> tuple[HostPolicy, ...]:
        """Apply the lists of these realms, or of all, to all their hosts side by side.

        One that fails is told in its place, and holds up no other. Raises `StoreUnavailable`.
        """
        raise NotImplementedError

    async def ready(self, host_id: str, realm: RealmSettings) -> None:
        """Have a host enforce its realm's list before a VM starts there; raises `Failed`."""
        raise NotImplementedError

    async def run(self) -> None:
        """Apply what expires, and what a host missed while it was away, until cancelled."""
        raise NotImplementedError

    async def close(self) -> None:
        """Stop reading; waits for no host."""
