"""The guests' IP addresses, as their host knows them; read beside the list, never for it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from functools import partial
from ipaddress import ip_address

import libvirt

from ticrypt_tui.backend.drivers.libvirt.connection import Line
from ticrypt_tui.backend.drivers.libvirt.events import where_supported
from ticrypt_tui.backend.errors import Failed

READ_SECONDS = 3.0
KEPT_SECONDS = 15.0
AT_MOST = 16  # domains looked up one by one in one reading


class Addresses:
    """Addresses by UUID, as old as `KEPT_SECONDS` at most while somebody keeps asking."""

    def __init__(self, line: Line, changed: Callable[[], None]) -> None:
        self._line, self._changed = line, changed
        self._known: dict[str, str] = {}
        self._read_at = float("-inf")
        self._reading: asyncio.Task[None] | None = None

    def of(self, uuid: str) -> str | None:
        return self._known.get(uuid)

    def look(self, macs: Mapping[str, str]) -> None:
        """Begin to read those of these domains (MACs by UUID), unless that was done lately."""
        new = macs.keys() - self._known.keys()
        age = time.monotonic() - self._read_at
        running = self._reading is not None and not self._reading.done()
        if macs and not running and age > (KEPT_SECONDS / 5 if new else KEPT_SECONDS):
            self._read_at = time.monotonic()
            self._reading = asyncio.create_task(self._read(dict(macs)))

    def stop(self) -> None:
        if self._reading:
            self._reading.cancel()

    async def _read(self, macs: Mapping[str, str]) -> None:
        before = self._known
        with suppress(Failed):
            leases = await self._line.call(_leases, READ_SECONDS, "tell its leases")
            leased = {uuid: leases[mac] for uuid, mac in macs.items() if mac in leases}
            rest = [uuid for uuid in macs if uuid not in leased]
            looked_up = random.sample(rest, min(AT_MOST, len(rest)))
            kept = {uuid: before[uuid] for uuid in {*rest} - {*looked_up} if uuid in before}
            self._known = leased | kept | await self._looked_up(looked_up)
        if self._known != before:
            self._changed()

    async def _looked_up(self, uuids: list[str]) -> dict[str, str]:
        if not uuids:
            return {}
        look = partial(_neighbours, uuids=uuids)
        return await self._line.call(look, READ_SECONDS, "tell its neighbours")


def _leases(connection: libvirt.virConnect) -> dict[str, str]:
    """The newest address of each MAC that a network of the host has given out."""
    newest: dict[str, tuple[float, str]] = {}
    with where_supported():
        for network in connection.listAllNetworks(libvirt.VIR_CONNECT_LIST_NETWORKS_ACTIVE):
            for lease in network.DHCPLeases():
                known = newest.get(lease["mac"], (float("-inf"), ""))
                newest[lease["mac"]] = max(known, (float(lease["expirytime"]), lease["ipaddr"]))
    return {mac: address for mac, (_, address) in newest.items()}


def _neighbours(connection: libvirt.virConnect, uuids: Collection[str]) -> dict[str, str]:
    """Addresses from the host's ARP table, for guests that got none from a network of the host."""
    found = {}
    for uuid in uuids:
        with suppress(libvirt.libvirtError):
            domain = connection.lookupByUUIDString(uuid)
            source = libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP
            address = _first(domain.interfaceAddresses(source, 0))
            if address:
                found[uuid] = address
    return found


def _first(interfaces: Mapping[str, Mapping[str, object]]) -> str | None:
    """The first address of a guest's interfaces that others could use."""
    for interface in interfaces.values():
        addresses = interface.get("addrs")
        for each in addresses if isinstance(addresses, list) else []:
            if not ip_address(each["addr"]).is_link_local:
                return str(each["addr"])
    return None
