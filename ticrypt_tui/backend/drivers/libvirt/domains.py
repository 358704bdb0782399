"""The domains of a host, read with calls that answer even while one of its QEMUs is stopped.

Statistics are never asked for: one stopped QEMU would hold them all up.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple
from weakref import ReferenceType, ref

import libvirt

from ticrypt_tui.backend.drivers.base import DomainSeen, Power
from ticrypt_tui.backend.drivers.libvirt.connection import Line
from ticrypt_tui.backend.drivers.libvirt.description import Described, described
from ticrypt_tui.backend.drivers.libvirt.events import name_of
from ticrypt_tui.backend.drivers.libvirt.faults import said
from ticrypt_tui.backend.drivers.libvirt.power import POWERS, reason
from ticrypt_tui.backend.errors import Failed

READ_SECONDS = 3.0
AT_ONCE = 16  # domains described in one call, so that a slow link does not miss the deadline
DESCRIBING_SECONDS = 0.5  # the call that lists a host's domains also describes them for so long

_ACTIVE = libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE
_PAUSED = libvirt.VIR_CONNECT_LIST_DOMAINS_PAUSED


class Listed(NamedTuple):
    """A domain as the host's list has it; the number changes with every start.

    No power is one that is neither running nor paused: the description has it.
    """

    number: int
    power: Power | None


class Known(NamedTuple):
    """A domain as it was last described, and which of its starts that was."""

    listed: Listed
    seen: DomainSeen
    more: Described | None


@dataclass(frozen=True, slots=True)
class Glance:
    """What shows in few calls that no domain started, ended, paused or went on.

    A daemon gives no number twice, but a new connection may be to another daemon. `powers` are
    those of the few that do not run. What changes inside a domain is told by events.
    """

    connection: ReferenceType[libvirt.virConnect] | None = None
    numbers: frozenset[int] = frozenset()
    powers: Mapping[str, Power | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listing:
    """A host's active domains by UUID, and the descriptions of those that were not known.

    `left` are those for whose description there was no time.
    """

    glance: Glance
    listed: dict[str, Listed]
    described: dict[str, Known]
    left: list[str]


class Domains:
    """Every active domain of one host; XML is read once per domain and again after an event."""

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
            self._known.pop(self._stale.pop(), None)
        look = partial(_look, known=dict(self._known), last=self._glance)
        listing = await self._line.call(look, READ_SECONDS, "list its VMs")
        if listing:
            await self._learn(listing)
        return self._seen

    async def _learn(self, listing: Listing) -> None:
        known = {uuid: was for uuid, was in self._known.items() if uuid in listing.listed}
        known |= listing.described
        parts = [listing.left[at : at + AT_ONCE] for at in range(0, len(listing.left), AT_ONCE)]
        for part in await asyncio.gather(*(self._describe(part, listing) for part in parts)):
            known |= part
        complete = len(known) == len(listing.listed) and all(was.more for was in known.values())
        self._glance = listing.glance if complete else Glance()
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
        work = partial(_look_up, of=of)
        return await self._line.call(work, READ_SECONDS, "describe its VMs")


def _look(
    connection: libvirt.virConnect, known: Mapping[str, Known], last: Glance
) -> Listing | None:
    """What is there and not known yet; None where a glance shows that nothing is new."""
    powers = _powers(connection)
    now = Glance(ref(connection), frozenset(connection.listDomainsID()), powers)
    return None if now == last else _listing(connection, known, now)


def _listing(connection: libvirt.virConnect, known: Mapping[str, Known], now: Glance) -> Listing:
    """List all, and describe what is not known of them as long as there is time."""
    until = time.monotonic() + DESCRIBING_SECONDS
    listing = Listing(now, {}, {}, [])
    for domain in connection.listAllDomains(_ACTIVE):
        uuid = domain.UUIDString()
        listed = Listed(domain.ID(), now.powers.get(uuid, Power.RUNNING))
        listing.listed[uuid] = listed
        was = known.get(uuid)
        if was is not None and was.listed == listed and was.more is not None:
            continue
        if time.monotonic() < until:
            listing.described.update(_described(domain, uuid, listed))
        else:
            listing.left.append(uuid)
    return listing


def _powers(connection: libvirt.virConnect) -> dict[str, Power | None]:
    """The power of the few that do not run; None for those that are not paused either."""
    resting = connection.listAllDomains(_ACTIVE | _PAUSED | libvirt.VIR_CONNECT_LIST_DOMAINS_OTHER)
    if not resting:
        return {}
    paused = {each.UUIDString() for each in connection.listAllDomains(_ACTIVE | _PAUSED)}
    uuids = (each.UUIDString() for each in resting)
    return {uuid: Power.PAUSED if uuid in paused else None for uuid in uuids}


def _look_up(connection: libvirt.virConnect, of: Mapping[str, Listed]) -> dict[str, Known]:
    active = connection.listAllDomains(_ACTIVE)
    there = {uuid: each for each in active if (uuid := each.UUIDString()) in of}
    known: dict[str, Known] = {}
    for uuid, domain in there.items():
        known |= _described(domain, uuid, of[uuid])
    return known


def _described(domain: libvirt.virDomain, uuid: str, listed: Listed) -> dict[str, Known]:
    """The domain by its UUID; nothing where it has ended since it was listed."""
    try:
        return {uuid: _known(domain, uuid, listed)}
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
            return {}
        return {uuid: _named_only(domain, uuid, listed, said(error))}
    except (Failed, UnicodeDecodeError) as error:
        return {uuid: _named_only(domain, uuid, listed, str(error))}


def _known(domain: libvirt.virDomain, uuid: str, listed: Listed) -> Known:
    """A domain that runs is not asked why: that would double the calls of a first reading."""
    more = described(domain.XMLDesc(0), uuid)
    power, why = Power.RUNNING, ""
    if listed.power is not Power.RUNNING:
        state, number = domain.state()
        power, why = POWERS.get(state, Power.RUNNING), reason(state, number)
    seen = DomainSeen(
        uuid=uuid,
        name=name_of(domain),
        title=more.title,
        power=power,
        reason=why,
        cores=more.cores,
        memory_mib=more.memory_mib,
        vm_id=more.vm_id,
        mac=more.mac,
        has_screen=more.has_screen,
        has_console=more.has_console,
        devices=more.devices,
    )
    return Known(listed, seen, more)


def _named_only(domain: libvirt.virDomain, uuid: str, listed: Listed, why: str) -> Known:
    seen = DomainSeen(
        uuid=uuid,
        name=name_of(domain),
        title="",
        power=listed.power or Power.RUNNING,
        reason=f"cannot be described: {why}",
        cores=0,
        memory_mib=0,
        vm_id=None,
    )
    return Known(listed, seen, None)
