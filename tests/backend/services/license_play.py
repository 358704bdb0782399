"""A list of licensing servers whose way to the hosts is played, and names that a test resolves."""

from __future__ import annotations

import socket
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.policy.policy import HostPolicyState, PolicyState
from ticrypt_tui.backend.services.licensing.policies import HostPolicy

SERVER = {"name": "MATLAB", "address": "192.0.2.10", "ports": "27000-27009", "protocol": "tcp"}
NAMED = {**SERVER, "name": "FlexLM", "address": "flex.example.org"}


class PlayPolicies:
    """Hosts that do as they are told, but for those that a test has made lag behind.

    Unlike the enclave's own, it knows hosts of its own; `applied` is how often they were told.
    """

    def __init__(self, *names: str) -> None:
        at = HostPolicyState(PolicyState.NOT_APPLIED)
        self.hosts = {
            name: HostPolicy(f"host-{name}", name, "lab", at) for name in (names or ("node01",))
        }
        self.behind: dict[str, HostPolicyState] = {}
        self.applied = 0

    @property
    def states(self) -> Mapping[str, HostPolicy]:
        return {each.host_id: each for each in self.hosts.values()}

    async def look(self) -> None:
        pass

    async def apply_everywhere(
        self, realms: Collection[str] | None = None
    ) -> tuple[HostPolicy, ...]:
        self.applied += 1
        for name, host in self.hosts.items():
            standing = self.behind.get(name, HostPolicyState(PolicyState.IN_SYNC))
            self.hosts[name] = replace(host, standing=standing)
        return tuple(self.hosts.values())

    async def close(self) -> None:
        pass


class Resolver:
    """Stands for what `socket.getaddrinfo` asks: names that a test has given addresses."""

    def __init__(self) -> None:
        self.names: dict[str, tuple[str, ...]] = {"flex.example.org": ("192.0.2.20",)}
        self.asked: list[str] = []

    def __call__(self, name: str, *_: Any, **__: Any) -> list[Any]:
        self.asked.append(name)
        if name not in self.names:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(0, 0, 0, "", (each, 0)) for each in self.names[name]]


async def rows_of(enclave: Enclave) -> list[Any]:
    """The rows of the tab."""
    return list((await enclave.listing("licensing")).rows)


async def only(enclave: Enclave) -> Any:
    """The one row of the tab."""
    (row,) = await rows_of(enclave)
    return row
