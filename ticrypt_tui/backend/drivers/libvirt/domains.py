"""The domains of a host, as they were last seen, and which of them to look into again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

from ticrypt_tui.backend.drivers.base import DomainSeen
from ticrypt_tui.backend.drivers.libvirt import looking
from ticrypt_tui.backend.drivers.libvirt.connection import Line
from ticrypt_tui.backend.drivers.libvirt.description import Described
from ticrypt_tui.backend.drivers.libvirt.looking import AT_ONCE, Glance, Known, Listing

READ_SECONDS = 3.0


class Domains:
    """Every active domain of one host; XML is read once per domain and again after an event.

    Where many are new, their rows come first and their XML with the next reading.
    """

    def __init__(self, line: Line) -> None:
        self._line = line
        self._known: dict[str, Known] = {}
        self._stale: set[str] = set()
        self._glance = Glance()
        self._seen: tuple[DomainSeen, ...] = ()

    async def read(self) -> tuple[DomainSeen, ...]:
        """The domains by name; one that the host cannot describe is there with its name alone."""
        if self._stale:
            self._glance = Glance()
        while self._stale:
            if was := self._known.get(uuid := self._stale.pop()):
                self._known[uuid] = was._replace(listed=None)
        look = partial(looking.look, known=dict(self._known), last=self._glance)
        listing = await self._line.call(look, READ_SECONDS, "list its VMs")
        if listing:
            await self._learn(listing)
        return self._seen

    async def _learn(self, listing: Listing) -> None:
        known = {uuid: was for uuid, was in self._known.items() if uuid in listing.listed}
        known |= listing.found
        parts = [listing.left[at : at + AT_ONCE] for at in range(0, len(listing.left), AT_ONCE)]
        for part in await asyncio.gather(*(self._describe(part, listing) for part in parts)):
            known |= part
        all_known = all(
            uuid in known and known[uuid].more and known[uuid].listed == listed
            for uuid, listed in listing.listed.items()
        )
        self._glance = listing.glance if all_known else Glance()
        self._known = known
        found = (was.seen for was in known.values())
        self._seen = tuple(sorted(found, key=lambda seen: (seen.name, seen.uuid)))

    def forget(self, uuid: str) -> None:
        """Describe the domain anew at the next reading."""
        self._stale.add(uuid)

    @property
    def described(self) -> Mapping[str, Described]:
        """What the XML of each domain said, by UUID."""
        return {uuid: was.more for uuid, was in self._known.items() if was.more}

    async def _describe(self, part: list[str], listing: Listing) -> dict[str, Known]:
        of = {uuid: listing.listed[uuid] for uuid in part}
        work = partial(looking.look_up, of=of)
        return await self._line.call(work, READ_SECONDS, "describe its VMs")
