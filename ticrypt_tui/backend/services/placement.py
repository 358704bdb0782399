"""Which host a VM is started on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ticrypt_tui.backend.store.tables.infrastructure import HostState
from ticrypt_tui.text import shown


@dataclass(frozen=True, slots=True)
class Candidate:
    """A host of the realm, as placement sees it; nothing is placed on a simulated one."""

    id: str
    name: str
    state: HostState
    up: bool
    simulated: bool = False


def chosen(hosts: Sequence[Candidate]) -> tuple[Candidate | None, str]:
    """The first real host that is enabled and up; else the reason why there is none."""
    for host in hosts:
        if host.state is HostState.ENABLED and host.up and not host.simulated:
            return host, ""
    return None, "; ".join(map(_why_not, hosts)) or "it has no hosts"


def _why_not(host: Candidate) -> str:
    if host.state is not HostState.ENABLED:
        return f"{shown(host.name)} is {host.state}"
    return f"{shown(host.name)} {'is simulated' if host.simulated else 'does not answer'}"
