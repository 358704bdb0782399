"""What one look at a host finds out of its domains: runs on a thread, and takes libvirt's objects.

Only calls that answer even while a QEMU is stopped: statistics are never asked for, because one
stopped QEMU would hold them all up.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from weakref import ReferenceType, ref

import libvirt

from ticrypt_tui.backend.drivers.base import DomainSeen, Power
from ticrypt_tui.backend.drivers.libvirt.description import Described, described
from ticrypt_tui.backend.drivers.libvirt.events import name_of
from ticrypt_tui.backend.drivers.libvirt.faults import said
from ticrypt_tui.backend.drivers.libvirt.power import POWERS, reason
from ticrypt_tui.backend.errors import Failed

AT_ONCE = 16  # domains described in one call, so that a slow link does not miss the deadline
LOOKING_SECONDS = 0.5  # the call that lists a host's domains also looks into them for so long

_ACTIVE = libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE
_PAUSED = libvirt.VIR_CONNECT_LIST_DOMAINS_PAUSED
_KIB_PER_MIB = 1024


class Listed(NamedTuple):
    """A domain as the host's list has it; the number changes with every start.

    No power is one that is neither running nor paused: the description has it.
    """

    number: int
    power: Power | None


class Known(NamedTuple):
    """A domain as it was last seen, and which of its starts that was; None where it changed since.

    `more` is what its XML says, once that was read.
    """

    listed: Listed | None
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
    """A host's active domains by UUID, and what was found out of those that were not known.

    `left` are those for which there was no time.
    """

    glance: Glance
    listed: dict[str, Listed]
    found: dict[str, Known]
    left: list[str]


def look(
    connection: libvirt.virConnect, known: Mapping[str, Known], last: Glance
) -> Listing | None:
    """What is there and not known yet; None where a glance shows that nothing is new."""
    powers = _powers(connection)
    now = Glance(ref(connection), frozenset(connection.listDomainsID()), powers)
    return None if now == last else _listing(connection, known, now)


def look_up(connection: libvirt.virConnect, of: Mapping[str, Listed]) -> dict[str, Known]:
    """These domains, described; those that have ended are left out."""
    active = connection.listAllDomains(_ACTIVE)
    there = {uuid: each for each in active if (uuid := each.UUIDString()) in of}
    known: dict[str, Known] = {}
    for uuid, domain in there.items():
        known |= _found(domain, uuid, of[uuid], whole=True)
    return known


def _listing(connection: libvirt.virConnect, known: Mapping[str, Known], now: Glance) -> Listing:
    """List all, and find out of them what is not known as long as there is time.

    Many that were never seen are only glanced at: their XML would take several times as long.
    """
    until = time.monotonic() + LOOKING_SECONDS
    active = connection.listAllDomains(_ACTIVE)
    domains = {sys.intern(each.UUIDString()): each for each in active}
    powers = now.powers
    listing = Listing(
        now,
        {
            uuid: Listed(each.ID(), powers.get(uuid, Power.RUNNING))
            for uuid, each in domains.items()
        },
        {},
        [],
    )
    many = len(domains.keys() - known.keys()) > AT_ONCE
    for uuid, listed in listing.listed.items():
        was = known.get(uuid)
        if was is not None and was.listed == listed and was.more is not None:
            continue
        if time.monotonic() < until:
            whole = was is not None or not many
            listing.found.update(_found(domains[uuid], uuid, listed, whole=whole))
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


def _found(
    domain: libvirt.virDomain, uuid: str, listed: Listed, *, whole: bool
) -> dict[str, Known]:
    """The domain by its UUID; nothing where it has ended since it was listed."""
    try:
        return {uuid: (_described if whole else _glanced)(domain, uuid, listed)}
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
            return {}
        return {uuid: _named_only(domain, uuid, listed, said(error))}
    except (Failed, UnicodeDecodeError) as error:
        return {uuid: _named_only(domain, uuid, listed, str(error))}


def _glanced(domain: libvirt.virDomain, uuid: str, listed: Listed) -> Known:
    """What one short call tells of a domain."""
    name = name_of(domain)
    _, most_kib, _, cores, _ = domain.info()
    power, why = _power(domain, listed)
    seen = DomainSeen(
        uuid=uuid,
        name=name,
        title="",
        power=power,
        reason=why,
        cores=cores,
        memory_mib=most_kib // _KIB_PER_MIB,
        vm_id=_id_in(name, uuid),
        pending=True,
    )
    return Known(listed, seen, None)


def _described(domain: libvirt.virDomain, uuid: str, listed: Listed) -> Known:
    more = described(domain.XMLDesc(0), uuid)
    power, why = _power(domain, listed)
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
    name = name_of(domain)
    seen = DomainSeen(
        uuid=uuid,
        name=name,
        title="",
        power=listed.power or Power.RUNNING,
        reason=f"cannot be described: {why}",
        cores=0,
        memory_mib=0,
        vm_id=_id_in(name, uuid),
    )
    return Known(listed, seen, None)


def _power(domain: libvirt.virDomain, listed: Listed) -> tuple[Power, str]:
    """A domain that runs is not asked why: that would double the calls of a first reading."""
    if listed.power is Power.RUNNING:
        return Power.RUNNING, ""
    state, number = domain.state()
    return POWERS.get(state, Power.RUNNING), reason(state, number)


def _id_in(name: str, uuid: str) -> str | None:
    """The VM's ID, after which the console names the domains that it starts."""
    return name if name.endswith(f"-{uuid}") else None
