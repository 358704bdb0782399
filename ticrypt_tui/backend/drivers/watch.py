"""Keeps an eye on every enabled host: read at once, after each event, and every few seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Protocol

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type
from tenacity.wait import wait_exponential_jitter

from ticrypt_tui.backend.drivers.base import (
    DomainEnded,
    Driver,
    Host,
    HostAddress,
    HostSeen,
    Listener,
    Reach,
)
from ticrypt_tui.backend.errors import HostUnreachable, TicryptError, WrongUse

LONGEST_PAUSE = 60.0
BURST_SECONDS = 0.15  # events come in groups: one reading for all of a group
PENDING_SECONDS = 0.25  # what is new is described once its rows are there, on all hosts


class WatchListener(Protocol):
    """Who is told of what the hosts say; called on the event loop."""

    def seen(self, host: HostSeen) -> None:
        """A host's reach or its domains are not what they were."""

    def ended(self, event: DomainEnded) -> None:
        """A domain ended, as its host told while connected; the next reading is without it."""


class Watch:
    """What every followed host last said, each by a task of its own: none waits for another.

    A host that does not answer keeps its last domains and is tried again after 1, 2, 4… 60 s.
    """

    def __init__(
        self, drivers: Mapping[str, Driver], listener: WatchListener, poll: float = 10
    ) -> None:
        self._drivers, self._listener, self._poll = drivers, listener, poll
        self._watched: dict[str, _Watched] = {}

    @property
    def seen(self) -> Mapping[str, HostSeen]:
        """Every followed host by its ID, as it was last read."""
        return MappingProxyType({key: watched.seen for key, watched in self._watched.items()})

    def follow(self, addresses: Iterable[HostAddress]) -> None:
        """Contact these hosts and no others; one whose address is unchanged goes on undisturbed."""
        wanted = {address.host_id: address for address in addresses}
        for key, watched in list(self._watched.items()):
            if wanted.get(key) != watched.seen.address:
                del self._watched[key]
                watched.leave()
        for key, address in wanted.items():
            if key not in self._watched:
                self._watched[key] = self._begun(address)

    def host(self, host_id: str) -> Host:
        """A host that answers. Raises `HostUnreachable` with the reason, and since when."""
        watched = self._watched.get(host_id)
        if watched is None:
            raise HostUnreachable("The host is not contacted.", "Enable it first.")
        if watched.host is None or not watched.seen.fresh:
            raise HostUnreachable(_since(watched.seen))
        return watched.host

    def refresh(self, host_id: str | None = None) -> None:
        """Read a host, or all, now; this also ends the pause of one that did not answer."""
        for key, watched in self._watched.items():
            if host_id in (None, key):
                watched.wake()

    async def settled(self, seconds: float) -> None:
        """Wait until every host was read in full or has failed once, `seconds` at most."""
        waits = [asyncio.ensure_future(each.tried.wait()) for each in self._watched.values()]
        if waits:
            _, late = await asyncio.wait(waits, timeout=seconds)
            for wait in late:
                wait.cancel()

    async def close(self) -> None:
        """Leave every host; waits for none."""
        left = [watched.leave() for watched in self._watched.values()]
        self._watched.clear()
        await asyncio.gather(*left)

    def _begun(self, address: HostAddress) -> _Watched:
        watched = _Watched(address, self._listener, self._poll)
        try:
            watched.begin(self._driver(address))
        except WrongUse as error:
            watched.show(Reach.UNREACHABLE, str(error))
            watched.tried.set()
        return watched

    def _driver(self, address: HostAddress) -> Driver:
        if address.realm_id not in self._drivers:
            raise WrongUse(f"Host {address.name}: its realm {address.realm_id} is not configured.")
        return self._drivers[address.realm_id]


def _since(seen: HostSeen) -> str:
    name = seen.address.name
    if seen.reach is Reach.CONNECTING:
        return f"Host {name} is still being connected to."
    return f"Host {name} is unreachable since {seen.since.astimezone():%H:%M:%S}: {seen.detail}"


class _Watched(Listener):
    """One host that is followed."""

    host: Host | None = None

    def __init__(self, address: HostAddress, listener: WatchListener, poll: float) -> None:
        self.seen = HostSeen(address, Reach.CONNECTING, datetime.now(UTC))
        self.tried = asyncio.Event()
        self._listener, self._poll = listener, poll
        self._awake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def begin(self, driver: Driver) -> None:
        self.host = driver.host(self.seen.address, self)
        self._task = asyncio.create_task(self._follow(self.host))
        self._task.add_done_callback(self._stopped)

    def leave(self) -> asyncio.Task[None]:
        """Stop at once; the task that is returned only tidies up."""
        host, self.host, task = self.host, None, self._task
        if task:
            task.cancel()
        return asyncio.create_task(_left(host, task))

    def wake(self) -> None:
        self._awake.set()

    def changed(self, host_id: str) -> None:
        self.wake()

    def lost(self, host_id: str, reason: str) -> None:
        self.wake()

    def ended(self, event: DomainEnded) -> None:
        if self.host:
            self._listener.ended(event)

    async def _follow(self, host: Host) -> None:
        reading = AsyncRetrying(
            retry=retry_if_exception_type(TicryptError),
            wait=wait_exponential_jitter(initial=1, max=LONGEST_PAUSE),
            before_sleep=self._missed,
            sleep=self._rest,
        )
        while True:
            await reading(self._read, host)
            await self._rest(self._poll if self.seen.described else PENDING_SECONDS)

    async def _read(self, host: Host) -> None:
        domains = await host.domains()
        before, now = self.seen, datetime.now(UTC)
        self.seen = replace(before, domains=domains, read_at=now)
        if domains != before.domains and before.fresh:
            self._listener.seen(self.seen)
        self.show(Reach.SIMULATED if host.simulated else Reach.UP)
        if self.seen.described:
            self.tried.set()

    def _missed(self, attempt: RetryCallState) -> None:
        error = attempt.outcome and attempt.outcome.exception()
        self.show(Reach.UNREACHABLE, str(error))
        self.tried.set()

    def show(self, reach: Reach, detail: str = "") -> None:
        """Tell how the host is reached, if that is news."""
        before = self.seen
        if (reach, detail) == (before.reach, before.detail):
            return
        since = before.since if reach is before.reach else datetime.now(UTC)
        self.seen = replace(before, reach=reach, detail=detail, since=since)
        self._listener.seen(self.seen)

    def _stopped(self, task: asyncio.Task[None]) -> None:
        """A fault of the console's own ends the task: it is shown, rather than old rows as new."""
        if not task.cancelled() and (fault := task.exception()):
            self.show(Reach.UNREACHABLE, f"The console failed to read it: {fault!r}")
            self.tried.set()

    async def _rest(self, seconds: float) -> None:
        """Wait that long, or until something happens and the burst that it came in is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._awake.wait()
            await asyncio.sleep(BURST_SECONDS)
        self._awake.clear()


async def _left(host: Host | None, task: asyncio.Task[None] | None) -> None:
    if task:
        await asyncio.wait({task})
    if host:
        await host.close()
