"""What the store says should be, joined with what the hosts say is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain
from operator import is_
from typing import Any, NamedTuple

from ticrypt_tui.backend.drivers.base import DomainSeen, HostAddress, HostSeen, Power, Reach
from ticrypt_tui.backend.services.vms.running_vm import RunningVm
from ticrypt_tui.backend.store.tables.machines import VmState
from ticrypt_tui.courtesy import give_way

SLICE = 25
"""Rows that are worked on at one go, before the event loop has its turn: about 1 ms."""
_HOSTS = 10

_NOT_STARTED = frozenset({VmState.SCHEDULING, VmState.STARTING})
_TOLD_BY_HOST = {Power.PAUSED: VmState.PAUSED, Power.SHUTTING_DOWN: VmState.SHUTTING_DOWN}


class Sighting(NamedTuple):
    """A domain and the host that it was seen on."""

    host: HostSeen
    domain: DomainSeen


class _Parts(NamedTuple):
    """What a row is made of, as far as it shows; and the row, once it is made."""

    stored: RunningVm | None
    domain: DomainSeen | None
    address: HostAddress | None
    reach: Reach | None
    stale_since: datetime | None
    row: RunningVm | None = None


_Made = dict[str, _Parts]
_Sightings = tuple[Sighting, ...]


class Joining:
    """Rows, kept from one joining to the next: what did not change stays the same object."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._last: _Made = {}
        self._of: tuple[Any, ...] = ()
        self._rows: tuple[RunningVm, ...] = ()

    async def rows(
        self,
        stored: Mapping[str, RunningVm],
        seen: Mapping[str, HostSeen],
        realms: Mapping[str, str],
        ended: Mapping[str, datetime],
    ) -> tuple[RunningVm, ...]:
        """All that `parts` gives, with a turn for the event loop after each part."""
        of = (stored, *seen.values())
        async with self._turn:  # two at a time would make every row twice
            if ended or len(of) != len(self._of) or not all(map(is_, of, self._of)):
                rows: list[RunningVm] = []
                for part in self.parts(stored, seen, realms, ended):
                    rows += part
                    await give_way()
                self._of, self._rows = of, tuple(rows)
            return self._rows

    def parts(
        self,
        stored: Mapping[str, RunningVm],
        seen: Mapping[str, HostSeen],
        realms: Mapping[str, str],
        ended: Mapping[str, datetime],
    ) -> Iterator[list[RunningVm]]:
        """The rows of the store as their hosts see them, then the domains of nobody; in parts.

        `realms` gives realm names by ID; `ended` the time of VMs that have ended already, whose
        domain may be in a reading from before that.
        """
        turn = _Turn(self._last, realms)
        by_vm, strangers = dict[str, _Sightings](), list[Sighting]()
        for number, host in enumerate(seen.values()):
            _sort(host, stored, by_vm, strangers)
            if number % _HOSTS == 0:
                yield []
        rows = list(stored.values())
        for at in range(0, len(rows), SLICE):
            part = rows[at : at + SLICE]
            yield [
                turn.as_seen(row, by_vm.get(row.id, ()), seen.get(row.host_id or ""))
                for row in part
            ]
        yield turn.unknown(each for each in strangers if not _outdated(each, ended))
        self._last = turn.made


class _Turn:
    """One joining, with what the last one made."""

    def __init__(self, last: _Made, realms: Mapping[str, str]) -> None:
        self._last, self._realms = last, realms
        self.made: _Made = {}

    def as_seen(self, row: RunningVm, sightings: _Sightings, host: HostSeen | None) -> RunningVm:
        """A row of the store with what was seen of it: on its own host, else where it is fresh."""
        own = [each for each in sightings if each.host.address.host_id == row.host_id]
        fresh = [each for each in sightings if each.host.fresh]
        best = next((each for each in (*own, *fresh) if each.host.fresh), next(iter(own), None))
        if best is not None:
            return self._kept(row.id, _parts(row, best))
        if row.state in _NOT_STARTED or _started_since(row, host):
            return row
        if host is None or not host.fresh:
            since = _last_seen(host) or row.started
            return self._kept(row.id, _Parts(row, None, None, None, since))
        return row._replace(state=f"{row.state} ?", reason="its host runs no such VM")

    def unknown(self, strangers: Iterable[Sighting]) -> list[RunningVm]:
        """Rows with an ID each: a domain that two hosts show is named after its host, too."""
        found: dict[str, RunningVm] = {}
        for each in strangers:
            key = each.domain.uuid
            key = key if key not in found else f"{key}@{each.host.address.host_id}"
            found[key] = self._kept(key, _parts(None, each))
        return list(found.values())

    def _kept(self, key: str, of: _Parts) -> RunningVm:
        """The row as it was made before, where it was made of the same."""
        before = self._last.get(key)
        if before is None or not _same(before, of):
            before = of._replace(row=self._row(key, of))
        self.made[key] = before
        assert before.row is not None
        return before.row

    def _row(self, key: str, of: _Parts) -> RunningVm:
        if of.stored is None:
            return _stranger(of, self._realms)._replace(id=key)
        if of.domain is None:
            return of.stored._replace(stale_since=of.stale_since)
        return _described(of.stored, of)


def _parts(stored: RunningVm | None, sighting: Sighting) -> _Parts:
    host, domain = sighting
    since = None if host.fresh else _last_seen(host)
    return _Parts(stored, domain, host.address, host.reach, since)


def joined(
    stored: Iterable[RunningVm],
    seen: Mapping[str, HostSeen],
    realms: Mapping[str, str],
    ended: Mapping[str, datetime],
) -> tuple[RunningVm, ...]:
    """All that `Joining.parts` gives, for once."""
    by_id = {row.id: row for row in stored}
    return tuple(chain.from_iterable(Joining().parts(by_id, seen, realms, ended)))


def _sort(
    host: HostSeen,
    stored: Mapping[str, RunningVm],
    by_vm: dict[str, _Sightings],
    strangers: list[Sighting],
) -> None:
    """Put a host's domains with the VMs that they are, or with those of nobody."""
    for domain in host.domains:
        if domain.vm_id is not None and domain.vm_id in stored:
            by_vm[domain.vm_id] = (*by_vm.get(domain.vm_id, ()), Sighting(host, domain))
        else:
            strangers.append(Sighting(host, domain))


def _same(before: _Parts, now: _Parts) -> bool:
    """Whether both are of the very same objects: to compare all that is in them takes longer."""
    return before.stored is now.stored and before.domain is now.domain and before[2:5] == now[2:5]


def _started_since(row: RunningVm, host: HostSeen | None) -> bool:
    """Whether a VM was started after its host was last read, so that it cannot be seen yet."""
    return bool(row.started and host and host.read_at and row.started >= host.read_at)


def _described(row: RunningVm, of: _Parts) -> RunningVm:
    domain, address = of.domain, of.address
    assert domain is not None
    assert address is not None
    return row._replace(
        state=_TOLD_BY_HOST.get(domain.power, row.state),
        reason=domain.reason if domain.power is Power.PAUSED else row.reason,
        host=address.name,
        host_id=address.host_id,
        address=domain.address,
        mac=domain.mac,
        uuid=domain.uuid,
        domain=domain.name,
        has_screen=domain.has_screen,
        has_console=domain.has_console,
        pending=domain.pending,
        stale_since=of.stale_since,
    )


def _last_seen(host: HostSeen | None) -> datetime | None:
    return (host.read_at or host.since) if host else None


def _outdated(sighting: Sighting, ended: Mapping[str, datetime]) -> bool:
    """Whether a domain was read before the VM that it is had ended."""
    end = ended.get(sighting.domain.vm_id or "")
    return end is not None and (sighting.host.read_at or sighting.host.since) <= end


def _stranger(of: _Parts, realms: Mapping[str, str]) -> RunningVm:
    """The row of a domain that the store does not know."""
    assert of.domain is not None
    assert of.address is not None
    domain, realm_id = of.domain, of.address.realm_id
    simulated = of.reach is Reach.SIMULATED
    row = RunningVm(
        id=domain.uuid,
        name=domain.title or domain.name,
        state=domain.power if simulated else f"{domain.power} ?",
        realm=realms[realm_id],
        realm_id=realm_id,
        cores=domain.cores,
        memory_mib=domain.memory_mib,
        known=False,
        reason="simulated by libvirt" if simulated else "unknown to the store",
        simulated=simulated,
    )
    return _described(row, of)._replace(state=row.state)
