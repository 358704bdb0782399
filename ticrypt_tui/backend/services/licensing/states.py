"""How the hosts follow the list of licensing servers: what each was found at, or did, last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ticrypt_tui.backend.drivers.base import HostSeen, Reach
from ticrypt_tui.backend.errors import Refused, WrongUse
from ticrypt_tui.backend.services.wording import listed
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave
    from ticrypt_tui.backend.services.licensing.policies import HostPolicy

IN_SYNC = "in sync"
STATES = ("error", "not applied", "drifted", IN_SYNC)
"""How a host may follow the list, the worst first."""
NO_HOST = "no host"
_NAMED = 4


@dataclass(frozen=True, slots=True)
class HostState:
    """How one host follows the list: `in sync`, `drifted`, `not applied` or `error`, and why.

    `unfiltered` names each VM there that the list does not hold back, with why.
    """

    id: str
    name: str
    realm: str
    state: str
    detail: str = ""
    unfiltered: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        """All that there is to say of the state."""
        said = (shown(self.detail).rstrip("."), listed(self.unfiltered))
        return ": ".join(each for each in said if each)

    def __str__(self) -> str:
        return f"{shown(self.name)}: {self.state}" + (f", {self.why}" if self.why else "")


async def states_of(enclave: Enclave) -> tuple[HostState, ...]:
    """How every host was last seen to follow the list; one that is away holds up nothing."""
    await enclave.policies.look()
    return _in_order(enclave, enclave.policies.states.values())


async def applied(enclave: Enclave) -> tuple[HostState, ...]:
    """Have every host of every realm follow the list, side by side; how each of them did."""
    return _in_order(enclave, await enclave.policies.apply_everywhere())


def _in_order(enclave: Enclave, found: Iterable[HostPolicy]) -> tuple[HostState, ...]:
    """The hosts by realm and name, but for simulated ones: nothing is sent from there."""
    seen = enclave.sightings()
    states = [
        HostState(
            each.host_id, each.host, enclave.realm_names[each.realm_id],
            str(each.standing.state), each.standing.detail, each.standing.unfiltered,
        )
        for each in found
        if not _simulated(enclave, seen.get(each.host_id))
    ]  # fmt: skip
    return tuple(sorted(states, key=lambda each: (each.realm, each.name)))


def _simulated(enclave: Enclave, host: HostSeen | None) -> bool:
    """Whether nothing real runs there; of a host that is not reached, its address tells."""
    if host is None or host.fresh:
        return host is not None and host.reach is Reach.SIMULATED
    try:
        return enclave.drivers.at(host.address.realm_id, host.address.uri).simulated
    except (Refused, WrongUse):
        return False


def summary(hosts: Sequence[HostState]) -> str:
    """How all hosts follow it, in a few words: the worst of them, and on how many."""
    found = Counter(each.state for each in hosts)
    if not found:
        return NO_HOST
    worst = next((each for each in STATES if found[each]), next(iter(found)))
    return worst if found[worst] == len(hosts) else f"{worst} {found[worst]}/{len(hosts)}"


def effects(hosts: Sequence[HostState]) -> str:
    """What came of a change, in a sentence: on how many hosts, and which of them lag behind."""
    if not hosts:
        return "No host has to follow it yet"
    behind = [each for each in hosts if each.state != IN_SYNC]
    said = f"In force on {len(hosts) - len(behind)} of {len(hosts)} hosts"
    lag = [str(each) for each in behind[:_NAMED]]
    more = len(behind) - _NAMED
    return ". ".join([said, *lag, *([f"{more} more are behind"] if more > 0 else [])])
