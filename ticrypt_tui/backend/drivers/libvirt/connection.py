"""Connections to one host, opened, used and let go on threads: none can hold up the console."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, ExitStack, nullcontext, suppress
from functools import partial
from typing import TypeVar

import libvirt

from ticrypt_tui.backend.drivers.libvirt import events, faults, worlds
from ticrypt_tui.backend.drivers.libvirt.events import Happening
from ticrypt_tui.backend.drivers.libvirt.uri import HostUri
from ticrypt_tui.backend.errors import DeadlineMissed, HostUnreachable
from ticrypt_tui.backend.lane import Lane

T = TypeVar("T")
Turn = AbstractAsyncContextManager[None]

OPEN_SECONDS = 10.0
KEEPALIVE = (5, 3)  # a silent host is given up after 5 s × (3 + 1)

_CLOSED = {
    libvirt.VIR_CONNECT_CLOSE_REASON_ERROR: "the connection failed",
    libvirt.VIR_CONNECT_CLOSE_REASON_EOF: "the host ended the connection",
    libvirt.VIR_CONNECT_CLOSE_REASON_KEEPALIVE: "the host does not answer",
    libvirt.VIR_CONNECT_CLOSE_REASON_CLIENT: "closed here",
}


class Line:
    """One connection to a host, and the calls on it.

    A call that misses its deadline, or finds the connection broken, drops it: the next call opens
    a new one. `told` and `lost` are called on the event loop. A call first waits for its `turn`,
    if there is one, and only then does its time begin.
    """

    def __init__(
        self,
        host: str,
        uri: HostUri,
        lane: Lane,
        *,
        told: Callable[[Happening], None] | None = None,
        lost: Callable[[str], None] | None = None,
        turn: Turn | None = None,
    ) -> None:
        self._host, self._uri, self.lane = host, uri, lane
        self._told, self._lost = told, lost
        self._turn = turn or nullcontext()
        self._held: _Held | None = None
        self._opening = asyncio.Lock()

    async def open(self) -> None:
        """Connect anew. Raises `HostUnreachable` with what is wrong and what would help."""
        async with self._opening:
            self.drop()
            await self._open()

    async def call(self, work: Callable[[libvirt.virConnect], T], seconds: float, what: str) -> T:
        """What `work` returns on its thread; it must return no libvirt object.

        Raises what `faults.of_call` makes of libvirt's errors, and what `Lane.run` raises.
        """
        held = await self._usable()
        try:
            async with self._turn:
                return await self.lane.run(partial(held.use, work), seconds, what)
        except HostUnreachable:
            if self._held is held:
                self.drop()
            raise

    async def act(self, work: Callable[[libvirt.virConnect], T], seconds: float, what: str) -> T:
        """The same for what changes something: a missed deadline leaves its effect open."""
        try:
            return await self.call(work, seconds, what)
        except DeadlineMissed as missed:
            remedy = "It may still happen: look again later."
            raise DeadlineMissed(missed.sentence, remedy) from None

    async def _usable(self) -> _Held:
        async with self._opening:
            if self._held is not None and self._held.alive:
                return self._held
            self.drop()
            return await self._open()

    async def _open(self) -> _Held:
        loop = asyncio.get_running_loop()
        held = _Held(self._host, self._uri)
        held.told = self._told and _on(loop, self._told)
        held.lost = _on(loop, partial(self._broke, held))
        try:
            await self.lane.run(held.open, OPEN_SECONDS, f"answer at {self._uri.text}")
            self._held = held
        except DeadlineMissed as missed:  # nothing was asked yet: no effect is in doubt
            remedy = "Is the machine up, and libvirt well on it?"
            raise HostUnreachable(missed.sentence, remedy) from None
        finally:
            if self._held is not held:
                held.let_go_later()
        return held

    def drop(self) -> None:
        """Give the connection up; never waits."""
        held, self._held = self._held, None
        if held:
            held.let_go_later()

    def _broke(self, held: _Held, reason: str) -> None:
        if self._held is held:
            self.drop()
            if self._lost:
                self._lost(reason)


class _Held:
    """A libvirt connection that only threads touch.

    Its last reference must go on a thread: closing asks the host, and may block. It is not closed
    by name, because a call that was left behind may still be using it.
    """

    told: Callable[[Happening], None] | None = None
    lost: Callable[[str], None] | None = None

    def __init__(self, host: str, uri: HostUri) -> None:
        self._host, self._uri = host, uri
        self._connection: libvirt.virConnect | None = None
        self._leaving = ExitStack()
        self._unwanted = False
        self.alive = False

    def open(self) -> None:
        events.start_event_loop()
        try:
            with ExitStack() as leaving:
                connection = self._joined(leaving)
                self._leaving = leaving.pop_all()
        except libvirt.libvirtError as error:
            raise faults.of_opening(error, self._host, self._uri) from None
        self.alive = True
        self._connection = connection
        if self._unwanted:
            self.let_go()

    def _joined(self, leaving: ExitStack) -> libvirt.virConnect:
        """A connection whose events are heard until `leaving`, which may wait for the host."""
        if self._uri.played_here:
            world = worlds.at(self._uri.opened)
            if self.told:
                leaving.callback(world.hear(self.told))
            return world.connection()
        connection = libvirt.open(self._uri.opened)
        with events.where_supported():
            connection.setKeepAlive(*KEEPALIVE)
        with events.where_supported():
            connection.registerCloseCallback(self._closed, None)
            leaving.callback(events.unlisten, connection.unregisterCloseCallback)
        for number in events.listen(connection, self.told) if self.told else ():
            leaving.callback(events.unlisten, connection.domainEventDeregisterAny, number)
        return connection

    def use(self, work: Callable[[libvirt.virConnect], T]) -> T:
        connection = self._connection
        if connection is None:
            raise HostUnreachable(f"Host {self._host}: the connection was given up.")
        try:
            return work(connection)
        except libvirt.libvirtError as error:
            raise faults.of_call(error, self._host) from None

    def let_go(self) -> None:
        """Forget the connection; may wait for the host."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._leaving.close()

    def let_go_later(self) -> None:
        self._unwanted = True
        self.alive = False
        self.told = self.lost = None
        threading.Thread(target=self.let_go, name=f"{self._host}: let go", daemon=True).start()

    def _closed(self, _connection: object, reason: int, _opaque: object) -> None:
        self.alive = False
        if self.lost:
            self.lost(_CLOSED.get(reason, "the connection broke"))


def _on(loop: asyncio.AbstractEventLoop, tell: Callable[[T], None]) -> Callable[[T], None]:
    """The same, called from any thread, run on the loop; nothing once the loop is closed."""

    def hand_over(what: T) -> None:
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(tell, what)

    return hand_over
