"""A host's filtering of its VMs' network, asked on the connection on which it acts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import libvirt

from ticrypt_tui.backend.drivers.base import Ability
from ticrypt_tui.backend.drivers.filtering import PortSeen
from ticrypt_tui.backend.drivers.libvirt import filters
from ticrypt_tui.backend.drivers.libvirt.connection import Line
from ticrypt_tui.backend.drivers.libvirt.uri import HostUri
from ticrypt_tui.text import shown

T = TypeVar("T")

READ_SECONDS = 15.0
DEFINE_SECONDS = 120.0
"""Libvirt goes through the running VMs one by one: 200 entries take each a few seconds."""


class Filtering:
    """The part of a host that filters networks, for `LibvirtHost` to inherit."""

    _uri: HostUri
    _acting: Line

    async def filter_document(self, name: str) -> str:
        read = partial(filters.filter_document, name=name)
        return await self._filter(read, READ_SECONDS, f"tell the filter {shown(name)}")

    async def define_filter(self, document: str) -> None:
        define = partial(filters.define_filter, document=document)
        self._refuse_without(Ability.FILTERS)
        await self._acting.act(define, DEFINE_SECONDS, "define the network filter")

    async def ports(self) -> tuple[PortSeen, ...]:
        return await self._filter(filters.ports, READ_SECONDS, "tell its VMs' interfaces")

    async def why_not_enforced(self) -> str:
        return await asyncio.to_thread(filters.passed_by) if self._uri.local else ""

    async def _filter(
        self, work: Callable[[libvirt.virConnect], T], seconds: float, what: str
    ) -> T:
        self._refuse_without(Ability.FILTERS)
        return await self._acting.call(work, seconds, what)

    def _refuse_without(self, ability: Ability) -> None:
        """Raise `Refused` for what the host cannot do."""
        raise NotImplementedError
