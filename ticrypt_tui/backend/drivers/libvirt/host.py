"""One libvirt host: its reading and its acting, kept apart so that neither holds up the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

import libvirt

from ticrypt_tui.backend.drivers.base import (
    Ability,
    DeviceSeen,
    DomainEnded,
    DomainSeen,
    DomainWanted,
    GuestRun,
    HostAddress,
    HostFacts,
    Listener,
    LogSource,
)
from ticrypt_tui.backend.drivers.graphics import Graphics
from ticrypt_tui.backend.drivers.libvirt import graphics, machine, worlds
from ticrypt_tui.backend.drivers.libvirt.addresses import Addresses
from ticrypt_tui.backend.drivers.libvirt.agent import Agents
from ticrypt_tui.backend.drivers.libvirt.connection import Line, Turn
from ticrypt_tui.backend.drivers.libvirt.console import LibvirtConsole, open_console
from ticrypt_tui.backend.drivers.libvirt.domains import READ_SECONDS, Domains
from ticrypt_tui.backend.drivers.libvirt.events import Happening
from ticrypt_tui.backend.drivers.libvirt.filtering import Filtering
from ticrypt_tui.backend.drivers.libvirt.logs import log_sources, serial_log_path
from ticrypt_tui.backend.drivers.libvirt.network import open_by_network
from ticrypt_tui.backend.drivers.libvirt.starting import Start
from ticrypt_tui.backend.drivers.libvirt.storage import Storage
from ticrypt_tui.backend.drivers.libvirt.tunnels import open_tunnel
from ticrypt_tui.backend.drivers.libvirt.uri import HostUri
from ticrypt_tui.backend.lane import Lane
from ticrypt_tui.text import shown

T = TypeVar("T")

ACT_SECONDS = 30.0
_SCREEN = "open the screen"
OPENING_SECONDS = 15.0
"""How long QEMU may take to open one drive; a machine with nothing else to do takes two."""


class LibvirtHost(Storage, Filtering):
    """A host behind a libvirt URI.

    Reading, acting, storing and the guests' agents have a connection each: libvirt serves only five
    calls of a connection at once, so that calls which hang on a stopped QEMU, a dead file server or
    an agent would hold up the readings too. Libvirt's play host has one for all: `worlds` says why.
    """

    def __init__(
        self, address: HostAddress, uri: HostUri, listener: Listener, turn: Turn | None = None
    ) -> None:
        self._listener = listener
        freed = partial(listener.changed, address.host_id)
        self._reading = Line(
            address.name,
            uri,
            Lane(f"Host {address.name}", at_once=4, freed=freed),
            told=self._happened,
            lost=partial(listener.lost, address.host_id),
            turn=turn,
        )
        self._acting, storing, self._talking = (
            self._reading
            if uri.simulated
            else Line(address.name, uri, Lane(f"Host {address.name}", at_once=4))
            for _ in range(3)
        )
        super().__init__(address, uri, storing)
        self._domains = Domains(self._reading)
        self._addresses = Addresses(self._reading, freed)
        self._agents = Agents(self._talking)
        self._reboots: Counter[str] = Counter()

    @property
    def simulated(self) -> bool:
        return self._uri.simulated

    @property
    def hanging(self) -> int:
        """Calls that nobody waits for any more and that have not ended."""
        return sum(line.lane.hanging for line in self._lines)

    @property
    def _lines(self) -> set[Line]:
        return {self._reading, self._acting, self._storing, self._talking}

    def why_not(self, ability: Ability) -> str:
        if self.simulated:
            return worlds.why_not(self.address.name, ability)
        if ability is Ability.FILTERS and self._uri.session:
            return f"Host {self.address.name} is a user's own libvirt, which filters no network."
        if ability is Ability.DRIVES and self._uri.transport == "tcp":
            return f"Host {self.address.name} is reached by plain TCP, on which keys can be read."
        return ""

    async def connect(self) -> None:
        await self._reading.open()

    async def facts(self) -> HostFacts:
        return await self._act(machine.facts, "tell its facts")

    async def devices(self) -> tuple[DeviceSeen, ...]:
        return await self._act(machine.devices, "list its devices")

    async def capabilities(self) -> str:
        return await self._act(machine.capabilities, "tell its capabilities")

    async def domains(self) -> tuple[DomainSeen, ...]:
        seen = await self._domains.read()
        if self.simulated:  # its addresses are made up, and asking for them can kill the process
            return seen
        more = self._domains.described
        self._addresses.look(
            {each.uuid: each.mac for each in seen if each.mac and more[each.uuid].networked}
        )
        return tuple(replace(each, address=self._addresses.of(each.uuid)) for each in seen)

    async def start(self, wanted: DomainWanted) -> None:
        log = serial_log_path(self._uri, wanted.vm_id)
        unfiltered = replace(wanted, virt_type="test", network_filter="")
        played = unfiltered if self.simulated else wanted
        if wanted.drives:
            self._refuse_without(Ability.DRIVES)
        begin = Start(played, session=self._uri.session, serial_log=log)
        seconds = ACT_SECONDS + OPENING_SECONDS * len(wanted.drives)
        await self._acting.act(begin, seconds, f"start {shown(wanted.title)}")

    async def shut_down(self, uuid: str) -> None:
        await self._act(partial(_shut_down, uuid=uuid), "shut the VM down")

    async def force_off(self, uuid: str) -> None:
        await self._act(partial(_force_off, uuid=uuid), "force the VM off")

    async def agent_answers(self, uuid: str) -> bool:
        self._refuse_without(Ability.AGENT)
        return await self._agents.answers(uuid)

    async def run_in_guest(
        self, uuid: str, command: Sequence[str], seconds: float = 60
    ) -> GuestRun:
        self._refuse_without(Ability.AGENT)
        return await self._agents.run(uuid, command, seconds)

    async def document(self, uuid: str) -> str:
        return await self._reading.call(partial(_document, uuid=uuid), READ_SECONDS, "tell the XML")

    async def open_graphics(self, uuid: str) -> Graphics:
        self._refuse_without(Ability.SCREEN)
        if self._uri.local:
            screen = await self._act(partial(graphics.open_here, uuid=uuid), _SCREEN)
            return Graphics(screen, near=True)
        to = await self._act(partial(graphics.listening, uuid=uuid), _SCREEN)
        password = partial(self._act, partial(graphics.password, uuid=uuid), _SCREEN)
        way = open_tunnel if self._uri.by_ssh else open_by_network
        return await way(self.address.name, self._uri, to, password)

    async def open_console(self, uuid: str, *, take_over: bool = False) -> LibvirtConsole:
        self._refuse_without(Ability.CONSOLE)
        return await open_console(self.address.name, self._uri, uuid, take_over=take_over)

    def reboots(self, uuid: str) -> int:
        return self._reboots[uuid]

    def logs(self, uuid: str, name: str) -> tuple[LogSource, ...]:
        described = self._domains.described.get(uuid)
        serial_log = described.serial_log if described else None
        return log_sources(self.address.name, self._uri, name, serial_log)

    async def close(self) -> None:
        self._addresses.stop()
        self._agents.stop()
        for line in self._lines:
            line.drop()

    async def _act(self, work: Callable[[libvirt.virConnect], T], what: str) -> T:
        return await self._acting.act(work, ACT_SECONDS, what)

    def _happened(self, happening: Happening) -> None:
        self._domains.forget(happening.uuid)
        if happening.rebooted:
            self._reboots[happening.uuid] += 1
        if happening.ending:
            self._reboots.pop(happening.uuid, None)
            ended = DomainEnded(
                host_id=self.address.host_id,
                uuid=happening.uuid,
                name=happening.name,
                ending=happening.ending,
                detail=happening.detail,
                at=datetime.now(UTC),
            )
            self._listener.ended(ended)
        self._listener.changed(self.address.host_id)


def _shut_down(connection: libvirt.virConnect, uuid: str) -> None:
    connection.lookupByUUIDString(uuid).shutdown()


def _force_off(connection: libvirt.virConnect, uuid: str) -> None:
    connection.lookupByUUIDString(uuid).destroy()


def _document(connection: libvirt.virConnect, uuid: str) -> str:
    return str(connection.lookupByUUIDString(uuid).XMLDesc(0))
