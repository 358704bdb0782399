"""The composition root: opens store, audit log and drivers, and hands out the services.

It is the one thing that a front end holds; the services see their surroundings through it, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ticrypt_tui.backend import operations, permissions
from ticrypt_tui.backend.audit import tail
from ticrypt_tui.backend.audit.interrupted import record_interrupted, told
from ticrypt_tui.backend.audit.log import RECORDED, AuditLog
from ticrypt_tui.backend.audit.records import AuditRecord
from ticrypt_tui.backend.audit.verify import Verdict
from ticrypt_tui.backend.audit_health import health_of
from ticrypt_tui.backend.audit_proof import Proof
from ticrypt_tui.backend.background import Background
from ticrypt_tui.backend.caller import Caller, Origin, present_origin
from ticrypt_tui.backend.drivers.base import HostSeen
from ticrypt_tui.backend.drivers.watch import Watch
from ticrypt_tui.backend.errors import NotFound, StoreUnavailable, WrongUse
from ticrypt_tui.backend.news import EVERYTHING, News
from ticrypt_tui.backend.realm_drivers import drivers_of
from ticrypt_tui.backend.services import catalogue
from ticrypt_tui.backend.services.audit.followed_logs import FollowedLog, followed_logs
from ticrypt_tui.backend.services.base import AnyService, Detail, Listing
from ticrypt_tui.backend.services.drives.unfinished import UnfinishedDrives
from ticrypt_tui.backend.services.finding import find
from ticrypt_tui.backend.services.fixing.sync_rounds import SyncRounds
from ticrypt_tui.backend.services.guest_consoles.open_consoles import OpenConsoles
from ticrypt_tui.backend.services.guest_screens.open_screens import OpenScreens
from ticrypt_tui.backend.services.hosts.following import Following
from ticrypt_tui.backend.services.licensing.policies import Policies
from ticrypt_tui.backend.services.naming import RealmNames
from ticrypt_tui.backend.services.profiles.declared import declare_profiles
from ticrypt_tui.backend.services.starting.progress import Progress, read_progress
from ticrypt_tui.backend.services.starting.registering import Registration
from ticrypt_tui.backend.services.storage.discovery import Discovery
from ticrypt_tui.backend.services.vms.joining import Joining
from ticrypt_tui.backend.services.vms.stored_vms import StoredVms
from ticrypt_tui.backend.store.database import Database
from ticrypt_tui.backend.store.people import caller_of, caller_or_nobody
from ticrypt_tui.config.locations import data_folder
from ticrypt_tui.config.realm import RealmSettings
from ticrypt_tui.config.settings import Settings
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from sqlmodel.ext.asyncio.session import AsyncSession

    from ticrypt_tui.backend.drives.key_ring import KeyRing

CLOSED_WITHIN = 5.0
"""Seconds that running operations have to record how they ended, when the console is closed."""


@dataclass(frozen=True, slots=True)
class Status:
    """The enclave in one line; `messages` is what a reader must know from the start."""

    realms: tuple[str, ...]
    hosts_up: int
    hosts_all: int
    chain: str
    audit_fault: str
    messages: tuple[str, ...]
    proof: Proof


class Enclave:
    """One console's view of the enclave, for one caller."""

    def __init__(
        self, settings: Settings, database: Database, caller: Caller, data: Path | None = None
    ) -> None:
        self.settings = settings
        self.database = database
        self.caller = caller
        self.data = data or data_folder()
        self.realms = {realm.id: realm for realm in settings.realms}
        self.realm_names = RealmNames((realm.id, realm.name) for realm in settings.realms)
        self.drivers = drivers_of(settings)
        self.news = News()
        self.audit = AuditLog(database, settings.audit.file, caller.origin)
        self.stored_vms, self.joining = StoredVms(self), Joining()
        self.following = Following(self)
        self.watch = Watch(self.drivers, self.following)
        self.registration = Registration(self)
        self.discovery = Discovery(self)
        self.policies = Policies(self)
        self.unfinished_drives = UnfinishedDrives(self)
        self.rounds = SyncRounds(self, settings.sync.every)
        self.screens, self.consoles = OpenScreens(self), OpenConsoles(self)
        self.services = catalogue.Services(self)
        self._health = health_of(settings, self.audit, self.data, self.news)
        self._followed = followed_logs(settings.audit.follow, partial(self.why_not, "list audit"))
        self._messages: tuple[str, ...] = ()
        self._background = Background()

    @classmethod
    async def open(
        cls, settings: Settings, *, origin: Origin | None = None, data: Path | None = None
    ) -> Self:
        """Open what the settings describe, for the OS user who calls.

        Raises a `TicryptError`: a database that is not there, not migrated or too new; an OS user
        without a record; a realm whose driver does not exist.
        """
        async with AsyncExitStack() as where_it_fails:
            database = await Database.open(settings.database.url)
            where_it_fails.push_async_callback(database.close)
            read_only = settings.session.read_only
            caller = await caller_of(database, origin or present_origin(), read_only)
            enclave = cls(settings, database, caller, data)
            await enclave._begin()
            where_it_fails.pop_all()
        return enclave

    async def _begin(self) -> None:
        with suppress(StoreUnavailable):  # told as the audit log's fault
            self._messages = tuple(map(told, await record_interrupted(self.audit)))
        await self.audit.probe()
        await declare_profiles(self)
        await self._listening()
        await self.following.refollow()
        for work in (
            self.following.sweep(), self.registration.run(), self.discovery.remind(),
            self.unfinished_drives.run(), self.rounds.run(), self.policies.keeping.run(),
            self._health.check(), self._health.probe(), self._health.beat(),
        ):  # fmt: skip
            self._background.begin(work)

    async def close(self) -> None:
        """Leave the hosts and the store; running operations record first how they ended."""
        await self._background.close(CLOSED_WITHIN)
        await self.discovery.close()
        await self.policies.close()
        await self.following.close()
        guests = self.screens.close, self.consoles.close
        first = (*guests, *(each.close for each in self.services.made.values()))
        for close in (*first, self.watch.close, self.audit.close, self.database.close):
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSED_WITHIN):
                    await close()
        if "keys" in vars(self):
            self.keys.forget()

    @cached_property
    def keys(self) -> KeyRing:
        """The caller's own key; what encrypts is loaded only for who asks for it."""
        from ticrypt_tui.backend.drives.key_ring import KeyRing

        return KeyRing(self.data / "keys", self.settings.session.key_memory)

    @property
    def tabs(self) -> tuple[str, ...]:
        """The names of the tabs that there are."""
        return tuple(catalogue.SERVICES)

    @property
    def status(self) -> Status:
        """How things stand now."""
        seen = self.sightings().values()
        return Status(
            realms=tuple(self.realm_names.values()),
            hosts_up=sum(host.fresh for host in seen),
            hosts_all=len(seen),
            chain=self._health.sentence,
            audit_fault=self.audit.fault,
            messages=self._messages,
            proof=self._health.proof,
        )

    async def listing(self, tab: str) -> Listing:
        """A tab's rows, as far as the caller may see them; raises a `TicryptError`."""
        return await (await self._service(tab, operations=True)).listing(self.caller)

    async def count(self, tab: str) -> int:
        """How many of a tab's rows the caller may see; raises a `TicryptError`."""
        return await (await self._service(tab)).count(self.caller)

    async def detail(self, tab: str, row_id: str) -> Detail:
        """Everything that is known of one row; raises a `TicryptError`."""
        service = await self._service(tab)
        row = await service.find(self.caller, row_id)
        permissions.require(self.caller, f"list {tab}", row)
        return await service.detail(row)

    async def find(self, kind: str, reference: str) -> Any:
        """The row of an object by ID or name; raises `NotFound` or `Ambiguous`."""
        return await find(self, kind, reference)

    def why_not(
        self, operation: str, row: Any = None, arguments: Mapping[str, Any] | None = None
    ) -> str:
        """The reason why an operation, or `list TAB`, is not for the caller now, or ''."""
        known = catalogue.operation(operation)
        if known is None:
            return permissions.why_not(self.caller, operation, row)
        reason = known.why_not(self.caller, row, arguments or {})
        return reason or (self.audit.fault if known.changes else "")

    def complaints(
        self, operation: str, row: Any = None, arguments: Mapping[str, Any] | None = None
    ) -> dict[str, str]:
        """What is wrong with each argument of a form so far, by its name."""
        given = arguments or {}
        found = catalogue.find(operation).complaints(self.caller, row, given)
        realm_id = str(given.get("realm") or getattr(row, "realm_id", ""))
        if realm_id in self.realms and given.get("uri"):
            of_uri = {"uri": self.drivers.complaint(realm_id, str(given["uri"]))}
            found = {name: why for name, why in {**of_uri, **found}.items() if why}
        return found

    async def run(self, operation: str, arguments: Mapping[str, Any]) -> Any:
        """Run an operation as who the caller is by now; raises a `TicryptError`."""
        return await self._background.begin(self._run(operation, arguments))

    async def records(self, after: int | None = None, last: int = 500) -> tuple[AuditRecord, ...]:
        """The audit records after a sequence number, or the last ones, oldest first."""
        permissions.require(self.caller, "list audit")
        if after is None:
            return await tail.newest(self.database, last)
        return await tail.later(self.database, after)

    async def follow_records(
        self, last: int = 500
    ) -> AsyncGenerator[tuple[AuditRecord, ...], None]:
        """The last audit records, then each batch as it is written; raises `Refused`."""
        permissions.require(self.caller, "list audit")
        async with aclosing(tail.follow(self.database, last=last)) as batches:
            async for records in batches:
                yield records

    @property
    def followed(self) -> tuple[FollowedLog, ...]:
        """The log files that are followed beside the audit log; raises `Refused`."""
        permissions.require(self.caller, "list audit")
        return self._followed

    async def progress(self, config_id: str, since: datetime) -> Progress | None:
        """How far the newest start from a configuration has come; None where there is none since.

        Raises `Refused` where that is out of the caller's reach.
        """
        return await read_progress(self, config_id, since)

    async def verified(self) -> Verdict:
        """Check the whole audit log; raises `StoreUnavailable`."""
        return await self._health.verified()

    async def rotated(self) -> tuple[Path | None, Verdict]:
        """Check and sign the audit log, and begin a new file; gives what the old is called."""
        return await self._health.rotated()

    def subscribe(self, callback: Callable[[str], None]) -> Callable[[], None]:
        """Call back with the name of a tab whose rows changed, '' for all; returns what ends it."""
        return self.news.subscribe(callback)

    async def until(self, check: Callable[[], Awaitable[bool]], seconds: float) -> bool:
        """Wait until something holds, looking whenever there is news; False after `seconds`."""
        return await self.news.until(check, seconds)

    @asynccontextmanager
    async def change(self) -> AsyncIterator[AsyncSession]:
        """A write transaction; where it has a record, the audit file is brought up after it."""
        async with self.database.write() as session:
            yield session
        if RECORDED in session.info:
            await self.audit.catch_up()

    def realm(self, reference: str) -> RealmSettings:
        """A realm by ID, else by name; raises `NotFound`."""
        if reference in self.realms:
            return self.realms[reference]
        for realm in self.realms.values():
            if realm.name == reference:
                return realm
        known = ", ".join(map(shown, self.realms)) or "none"
        raise NotFound(f"There is no realm {shown(reference)}.", f"Those configured: {known}.")

    def sightings(self) -> Mapping[str, HostSeen]:
        """Every host by ID as it was last seen, also those that are not contacted."""
        return self.following.sightings()

    def is_up(self, host_id: str) -> bool:
        """Whether a host answers."""
        seen = self.sightings().get(host_id)
        return seen is not None and seen.fresh

    def unreachable_notices(self) -> tuple[str, ...]:
        """A sentence for each host that should answer and does not."""
        return self.following.unreachable_notices()

    def refresh(self) -> None:
        """Have every host asked anew, rather than show what it last said."""
        self.watch.refresh()
        self.discovery.expire()
        self.policies.expire()

    async def settled(self, seconds: float = 15) -> None:
        """Wait until every host was read once, or has failed to answer.

        What a dead console had begun to start is carried on or given back first.
        """
        await self.following.refollow()
        await self.watch.settled(seconds)
        await self.following.starts.settled(seconds)

    async def _service(self, tab: str, *, operations: bool = False) -> AnyService:
        if tab not in self.services:
            raise WrongUse(f"There is no tab {shown(tab)}.", f"There are {', '.join(self.tabs)}.")
        return await self.services.imported(tab, operations=operations)

    async def _run(self, operation: str, arguments: Mapping[str, Any]) -> Any:
        self.caller = await caller_of(self.database, self.caller.origin, self.caller.read_only)
        await asyncio.to_thread(catalogue.find, operation)  # what registers it may be large
        try:
            return await operations.run(self, self.caller, operation, arguments)
        finally:
            self.news.tell("audit")

    async def _listening(self) -> None:
        """Hear of every change from here on, also of one since the caller was first looked at."""
        listening = asyncio.Event()
        self._background.begin(self._mind_changes(listening))
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSED_WITHIN):
                await listening.wait()
        await self._recall()

    async def _recall(self) -> None:
        """Look again who calls."""
        with suppress(StoreUnavailable):
            self.caller = await caller_or_nobody(self.database, self.caller)

    async def _mind_changes(self, listening: asyncio.Event) -> None:
        """Follow what any console commits: hosts that came or went, rows, records."""
        async with aclosing(self.database.changes(listening)) as changes:
            async for _ in changes:
                with suppress(StoreUnavailable):
                    await self.following.refollow()
                await self._recall()
                self._health.changed()
                self.news.tell(EVERYTHING)
