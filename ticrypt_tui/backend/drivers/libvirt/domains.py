"""The domains of a host, read with calls that answer even while one of its QEMUs is stopped.

Statistics are never asked for: one stopped QEMU would hold them all up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

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

_NAMELESS = DomainSeen("", "", "", Power.RUNNING, "", 0, 0, None)


@dataclass(frozen=True, slots=True)
class Listed:
    """A domain as the host's list has it; the number changes with every start."""

    uuid: str
    name: str
    number: int
    power: Power | None


@dataclass(frozen=True, slots=True)
class Known:
    """A domain as it was last described, and which of its starts that was."""

    listed: Listed
    seen: DomainSeen
    more: Described | None


class Domains:
    """Every active domain of one host; XML is read once per domain and again after an event."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._known: dict[str, Known] = {}
        self._stale: set[str] = set()

    async def read(self) -> tuple[DomainSeen, ...]:
        """The domains by name; one that the host cannot describe is there with its name alone."""
        while self._stale:
            self._known.pop(self._stale.pop(), None)
        listing = await self._line.call(listed, READ_SECONDS, "list its VMs")
        here = {domain.uuid: domain for domain in listing}
        wanted = [domain for domain in listing if not self._current(domain)]
        parts = [wanted[at : at + AT_ONCE] for at in range(0, len(wanted), AT_ONCE)]
        known = {uuid: was for uuid, was in self._known.items() if uuid in here}
        for part in await asyncio.gather(*map(self._describe, parts)):
            known |= part
        self._known = known
        found = (was.seen for uuid, was in known.items() if uuid in here)
        return tuple(sorted(found, key=lambda seen: (seen.name, seen.uuid)))

    def forget(self, uuid: str) -> None:
        """Describe the domain anew at the next reading."""
        self._stale.add(uuid)

    @property
    def described(self) -> Mapping[str, Described]:
        """What the XML of each domain said, by UUID."""
        return {uuid: was.more for uuid, was in self._known.items() if was.more}

    def _current(self, domain: Listed) -> bool:
        known = self._known.get(domain.uuid)
        return known is not None and known.listed == domain and known.more is not None

    async def _describe(self, part: list[Listed]) -> dict[str, Known]:
        return await self._line.call(
            partial(_described, part=part), READ_SECONDS, "describe its VMs"
        )


def listed(connection: libvirt.virConnect) -> list[Listed]:
    """Every active domain and its power, in three calls however many there are.

    The power of the few that are neither running nor paused is left to their description.
    """
    active = libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE
    powers: dict[str, Power] = {}
    for flag, power in (
        (libvirt.VIR_CONNECT_LIST_DOMAINS_RUNNING, Power.RUNNING),
        (libvirt.VIR_CONNECT_LIST_DOMAINS_PAUSED, Power.PAUSED),
    ):
        powers |= {each.UUIDString(): power for each in connection.listAllDomains(active | flag)}
    return [
        Listed(each.UUIDString(), name_of(each), each.ID(), powers.get(each.UUIDString()))
        for each in connection.listAllDomains(active)
    ]


def _described(connection: libvirt.virConnect, part: list[Listed]) -> dict[str, Known]:
    active = connection.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE)
    there = {each.UUIDString(): each for each in active}
    known = {}
    for domain in part:
        if domain.uuid not in there:
            continue
        try:
            known[domain.uuid] = _known(there[domain.uuid], domain)
        except libvirt.libvirtError as error:
            if error.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
                known[domain.uuid] = _named_only(domain, said(error))
        except (Failed, UnicodeDecodeError) as error:
            known[domain.uuid] = _named_only(domain, str(error))
    return known


def _known(domain: libvirt.virDomain, of: Listed) -> Known:
    more = described(domain.XMLDesc(0), of.uuid)
    state, number = domain.state()[:2]
    seen = replace(
        _NAMELESS,
        uuid=of.uuid,
        name=of.name,
        title=more.title,
        power=POWERS.get(state, Power.RUNNING),
        reason=reason(state, number),
        cores=more.cores,
        memory_mib=more.memory_mib,
        vm_id=more.vm_id,
        mac=more.mac,
        has_screen=more.has_screen,
        has_console=more.has_console,
    )
    return Known(of, seen, more)


def _named_only(domain: Listed, why: str) -> Known:
    power = domain.power or Power.RUNNING
    words = f"cannot be described: {why}"
    seen = replace(_NAMELESS, uuid=domain.uuid, name=domain.name, power=power, reason=words)
    return Known(domain, seen, None)
