"""On which hosts an image's volume is: as they last told of their storage, or when asked anew."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from ticrypt_tui.backend.drivers.base import Ability, Reach
from ticrypt_tui.backend.errors import HostUnreachable
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.config.realm import RealmSettings
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave
    from ticrypt_tui.backend.services.storage.discovery import Reading

ASKED_ANEW = timedelta(seconds=3)
"""A host that did not show the volume this long ago is asked once more: it may have come since."""
_ANSWERS_WITHIN = 20.0


class OnPool(Protocol):
    """A volume of some pool, such as a drive's."""

    @property
    def pool(self) -> str: ...
    @property
    def volume(self) -> str: ...


Wanted = frozenset[tuple[str, str]]


async def volume_gates(
    enclave: Enclave, realm: RealmSettings, volume: str, drives: Sequence[OnPool] = ()
) -> Mapping[str, str]:
    """Why a VM from that volume, with these drives, cannot go to each host of the realm that
    answers; '' where it can."""
    wanted = frozenset({(realm.volumes_pool, volume), *((d.pool, d.volume) for d in drives)})
    up = [
        seen
        for seen in enclave.sightings().values()
        if seen.reach is Reach.UP and seen.address.realm_id == realm.id
    ]
    await enclave.discovery.look()
    hosts = [seen.address.host_id for seen in up]
    readings = enclave.discovery.readings
    gates = {host_id: _gate(readings.get(host_id), wanted) for host_id in hosts}
    asked = [host_id for host_id in hosts if gates[host_id] and _is_old(readings.get(host_id))]
    if asked:
        with suppress(TimeoutError):
            async with asyncio.timeout(_ANSWERS_WITHIN):
                await enclave.discovery.reread(asked)
        readings = enclave.discovery.readings
        gates |= {host_id: _gate(readings.get(host_id), wanted) for host_id in asked}
    return {**gates, **_unable(enclave, realm)} if drives else gates


def _unable(enclave: Enclave, realm: RealmSettings) -> dict[str, str]:
    """Why hosts of the realm can have no drives at all."""
    found = {}
    for host_id, seen in enclave.sightings().items():
        if seen.fresh and seen.address.realm_id == realm.id:
            with suppress(HostUnreachable):
                if why := enclave.watch.host(host_id).why_not(Ability.DRIVES):
                    found[host_id] = why.rstrip(".")
    return found


def _is_old(reading: Reading | None) -> bool:
    return reading is None or reading.at is None or now() - reading.at > ASKED_ANEW


def _gate(reading: Reading | None, wanted: Wanted) -> str:
    if reading is None or reading.at is None:
        fault = shown(reading.fault) if reading else "it has not answered yet"
        return f"its storage is not known: {fault}"
    lacks = wanted - {(each.pool, each.name) for each in reading.volumes}
    return f"lacks volume {shown(min(lacks)[1])}" if lacks else ""
