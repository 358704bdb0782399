"""What the VMs of a realm may reach, and what a way of enforcing it must do."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

from ticrypt_tui.backend.drivers.base import Host

Transport = Literal["tcp", "udp"]
Ports = tuple[tuple[int, int], ...]


class PolicyState(StrEnum):
    """How a realm's list stands on one host."""

    IN_SYNC = "in sync"
    DRIFTED = "drifted"
    NOT_APPLIED = "not applied"
    ERROR = "error"


@dataclass(frozen=True, slots=True, order=True)
class Allowed:
    """An address or a network (canonical) and its ports, each range the first and the last."""

    address: str
    protocol: Transport
    ports: Ports


@dataclass(frozen=True, slots=True)
class Policy:
    """All that the ordinary VMs of a realm may reach; `dns` are resolvers that they may ask.

    `owner` tells the realm from any other, of this enclave or of another on the same host.
    """

    realm_id: str
    owner: str
    filter_name: str
    allowed: tuple[Allowed, ...] = ()
    dns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HostPolicyState:
    """How a policy stands on a host; `detail` is a sentence, foreign text in it.

    `unfiltered` names each ordinary VM that the policy does not hold, with why.
    """

    state: PolicyState
    detail: str = ""
    unfiltered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Applied:
    """How a policy stands on a host once it was applied; `changed` is whether anything was."""

    after: HostPolicyState
    changed: bool = False


class PolicyBackend(Protocol):
    """A way of enforcing policies: network filters of libvirt's, or later sets of nftables'.

    `held` are the IDs of the VMs that the policy is for. All raise what the host's calls raise.
    """

    async def state(self, host: Host, policy: Policy, held: Collection[str]) -> HostPolicyState:
        """How the policy stands there; changes nothing."""

    async def apply(self, host: Host, policy: Policy, held: Collection[str]) -> Applied:
        """Make the host enforce the policy, for running VMs too; what is so already is kept.

        Raises `Failed` where what is there belongs to somebody else.
        """

    async def ready(self, host: Host, policy: Policy) -> bool:
        """The same before a VM starts there; whether anything was changed.

        Raises `Failed`, too, where the host would not enforce it.
        """
