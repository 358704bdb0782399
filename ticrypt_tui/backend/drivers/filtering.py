"""The part of a host that filters the network of its VMs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PortSeen:
    """A network interface of an active domain; every string is foreign text.

    `kind` is libvirt's type of interface, such as `network` or `user`; `network_filter` names the
    filter that it refers to.
    """

    uuid: str
    name: str
    title: str
    vm_id: str | None
    kind: str
    network_filter: str


class Filters(Protocol):
    """What a host does with network filters; each call raises what `Host` says."""

    async def filter_document(self, name: str) -> str:
        """A network filter's XML, or '' where there is none of that name."""

    async def define_filter(self, document: str) -> None:
        """Define a network filter, or another content of it; running VMs have it at once."""

    async def ports(self) -> tuple[PortSeen, ...]:
        """Every network interface of the active domains."""

    async def why_not_enforced(self) -> str:
        """Why the host's kernel passes by its filters, as a sentence; '' where that is unknown."""
