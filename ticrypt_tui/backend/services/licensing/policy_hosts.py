"""A realm's list on its hosts: each asked or told by itself, with a deadline of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ticrypt_tui.backend.drivers.base import Host, HostAddress, Reach
from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.backend.policy.nwfilters import NWFILTERS, cannot
from ticrypt_tui.backend.policy.policy import Applied, HostPolicyState, Policy, PolicyState
from ticrypt_tui.backend.services.licensing.policy_reading import held_by, policies_of, policy_of
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

Asking = Callable[[Host, Policy, Collection[str]], Awaitable[Applied]]

HOST_WITHIN = 150.0
"""Seconds that one host has: with many VMs and entries, libvirt takes its time."""
_LEFT = "It is not contacted: VMs that run there keep the list that they had."


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

    @property
    def in_sync(self) -> bool:
        return self.standing.state is PolicyState.IN_SYNC

    def __str__(self) -> str:
        return f"{shown(self.host)}: {self.standing.state}. {shown(self.standing.detail)}".strip()


async def applied(enclave: Enclave, hosts: Sequence[HostAddress]) -> tuple[HostPolicy, ...]:
    """Apply their realms' lists to these hosts, side by side; a failure is told in its place.

    Where the list is changed meanwhile, perhaps by another console that was done first, the new one
    is applied, so that no host is left with the old. Raises `StoreUnavailable`.
    """
    realms = {each.realm_id for each in hosts}
    found: dict[str, HostPolicy] = {}
    policies, left = await policies_of(enclave, realms), [*hosts]
    while left:
        asked = _side_by_side(enclave, left, policies, NWFILTERS.apply)
        found |= {each.host_id: each for each in await asked}
        before, policies = policies, await policies_of(enclave, realms)
        left = [each for each in left if policies[each.realm_id] != before[each.realm_id]]
    return tuple(found.values())


async def read(enclave: Enclave, host: HostAddress) -> HostPolicy:
    """How a realm's list stands on a host. Raises `StoreUnavailable`."""
    policies = await policies_of(enclave, [host.realm_id])
    (found,) = await _side_by_side(enclave, [host], policies, _state)
    return found


async def ready(enclave: Enclave, host_id: str, realm_id: str) -> None:
    """Have a host enforce its realm's list before a VM starts there; raises `Failed`."""
    host = enclave.watch.host(host_id)
    if cannot(host):
        return
    policy = await policy_of(enclave, realm_id)
    while await NWFILTERS.ready(host, policy):
        if policy == (policy := await policy_of(enclave, realm_id)):
            return


async def _state(host: Host, policy: Policy, held: Collection[str]) -> Applied:
    return Applied(await NWFILTERS.state(host, policy, held))


async def _side_by_side(
    enclave: Enclave, hosts: Sequence[HostAddress], policies: Mapping[str, Policy], ask: Asking
) -> list[HostPolicy]:
    held = await held_by(enclave)
    return await asyncio.gather(
        *(
            _asked(enclave, each, policies[each.realm_id], held.get(each.realm_id, ()), ask)
            for each in hosts
        )
    )


async def _asked(
    enclave: Enclave, address: HostAddress, policy: Policy, held: Collection[str], ask: Asking
) -> HostPolicy:
    try:
        async with asyncio.timeout(HOST_WITHIN):
            found = await _on(enclave, address, policy, held, ask)
    except TicryptError as error:
        found = Applied(HostPolicyState(PolicyState.ERROR, str(error)))
    except TimeoutError:
        late = f"It was not done within {HOST_WITHIN:.0f} s; it may still happen."
        found = Applied(HostPolicyState(PolicyState.ERROR, late))
    return HostPolicy(address.host_id, address.name, address.realm_id, found.after, found.changed)


async def _on(
    enclave: Enclave, address: HostAddress, policy: Policy, held: Collection[str], ask: Asking
) -> Applied:
    seen = enclave.sightings().get(address.host_id)
    if seen is not None and seen.reach is Reach.NOT_CONTACTED:
        return Applied(HostPolicyState(PolicyState.NOT_APPLIED, _LEFT))
    host = enclave.watch.host(address.host_id)
    if why := cannot(host):
        return Applied(HostPolicyState(PolicyState.NOT_APPLIED, why))
    return await ask(host, policy, held)
