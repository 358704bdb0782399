"""An enclave of plain rows, for what is on screen alone: same face, no store, no hosts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from tests.screens import fake_configs, fake_drives, fake_images, fake_licenses
from tests.screens.fake_fixing import LAST_DRIVES, LAST_VMS, fix_drives, fix_vms
from tests.screens.fake_fleet import hosts, profiles, utilization
from tests.screens.fake_people import projects, teams, users
from tests.screens.fake_service_vms import service_vms
from tests.screens.fake_storage import pool_types, pools, volumes
from tests.screens.fake_units import units
from ticrypt_tui.backend.errors import NotFound, TicryptError
from ticrypt_tui.backend.services.drives.info import info_sections
from ticrypt_tui.backend.services.licensing.licenses import sections_of
from ticrypt_tui.backend.services.realms.realms import LastRound
from ticrypt_tui.backend.services.starting.progress import Progress
from ticrypt_tui.screens.enclave import AuditRecord
from ticrypt_tui.screens.followed_log import FollowedLog
from ticrypt_tui.widgets.sections import Section

NOW = datetime(2026, 11, 21, 14, 5, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FakeRealm:
    id: str
    name: str
    driver: str = "libvirt"
    disabled: bool = False
    hosts_up: int = 1
    hosts_all: int = 1
    vms: int = 2
    last_vms: LastRound | None = LAST_VMS
    last_drives: LastRound | None = LAST_DRIVES


@dataclass(frozen=True, slots=True)
class FakeVm:
    id: str
    name: str
    state: str = "running"
    owner: str = "alice"
    team: str = "genomics"
    project: str = "genomics/trial-7"
    realm: str = "local"
    host: str = "node03"
    cores: int = 16
    memory_mib: int = 128 * 1024
    started: datetime | None = NOW - timedelta(hours=5)
    address: str | None = "10.4.0.17"
    mac: str | None = "52:54:00:1f:9a:07"
    debug: bool = False
    known: bool = True
    stale_since: datetime | None = None
    setup: str = "gpu-large"
    simulated: bool = False
    project_id: str | None = fake_configs.TRIAL
    above: tuple[str, ...] = (fake_configs.GENOMICS,)
    register_by: datetime | None = None
    pending: bool = False


@dataclass(frozen=True, slots=True)
class FakePast:
    id: str
    name: str
    end: str = "shut down by admin"
    owner: str = "alice"
    team: str = "genomics"
    project: str = "genomics/trial-7"
    realm: str = "local"
    host: str = "node03"
    setup: str = "tiny-debug"
    started: datetime | None = NOW - timedelta(hours=7)
    ended: datetime = NOW - timedelta(hours=1)
    last_message: str = "reboot: Power down"


@dataclass(frozen=True, slots=True)
class FakeRecord:
    seq: int
    operation: str
    outcome: str
    target_name: str = ""
    reason: str = ""
    login: str = "root"
    at: datetime = NOW
    target_id: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)
    target_kind: str = ""

    @property
    def severity(self) -> str:
        loud = {"attempted": "info", "done": "low", "refused": "medium", "failed": "high"}
        return loud.get(self.outcome, "critical")

    @property
    def line(self) -> str:
        return f'{{"action":"{self.operation}","seq":{self.seq}}}'


@dataclass(frozen=True, slots=True)
class FakeListing:
    rows: Sequence[Any]
    taken: datetime = NOW
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FakeSection:
    title: str
    fields: tuple[tuple[str, str], ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FakeDetail:
    title: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class FakeCaller:
    login: str = "root"
    role: str = "super-admin"
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class FakeProof:
    verified: str = "verified to 1,204 at 14:02:11"
    signed: str = "signed to 1,204 by ticrypt-tui/console-1"
    forgeable: str = ""
    heartbeat: str = "heartbeat 14:00"
    second_sink: str = "second sink ok"
    latency: float | None = 0.0041
    alarm: str = ""


@dataclass(frozen=True, slots=True)
class FakeStatus:
    realms: tuple[str, ...] = ("local", "fleet (simulated)")
    hosts_up: int = 25
    hosts_all: int = 26
    chain: str = "chain ok at 14:02:11"
    audit_fault: str = ""
    messages: tuple[str, ...] = ()
    proof: FakeProof = field(default_factory=FakeProof)


@dataclass(frozen=True, slots=True)
class FakeLog:
    """A log of fixed bytes, which may then fail, and which otherwise stays open."""

    title: str
    chunks: tuple[bytes, ...] = ()
    fault: TicryptError | None = None

    async def follow(self) -> AsyncIterator[bytes]:
        for chunk in self.chunks:
            yield chunk
        if self.fault is not None:
            raise self.fault
        await asyncio.Event().wait()


@dataclass(frozen=True, slots=True)
class FakeAnswer:
    """What a trial was answered."""

    sentence: str


def realms() -> list[FakeRealm]:
    return [
        FakeRealm("local", "local"),
        FakeRealm("fleet", "fleet (simulated)", hosts_up=24, hosts_all=25, vms=300),
        FakeRealm("old", "old lab", disabled=True, hosts_up=0, hosts_all=3, vms=0, last_vms=None,
                  last_drives=None),
    ]  # fmt: skip


def running() -> list[FakeVm]:
    tiny = FakeVm("vm-tiny1", "tiny-1", owner="root", team="ops", project="Unlocked", host="local",
                  cores=1, memory_mib=192, address="192.168.122.12", debug=True,
                  started=NOW - timedelta(minutes=5), setup="tiny-debug")  # fmt: skip
    return [
        FakeVm("vm-genome7", "genome-7", started=NOW - timedelta(days=1, hours=3)),
        tiny,
        replace(tiny, id="vm-tiny2", name="tiny-2", address="192.168.122.40"),
        replace(tiny, id="vm-boot", name="tiny-3", state="registering", address=None),
        FakeVm("vm-imaging2", "imaging-2", owner="bob", team="imaging", project="imaging",
               host="node04", state="paused", setup="gpu-small", cores=8, memory_mib=65536),
        FakeVm("vm-stale", "archive-9", owner="carol", host="node05", state="running",
               stale_since=NOW - timedelta(minutes=4), address="10.4.0.99"),
        FakeVm("vm-stop", "trial-12", owner="dan", host="node01", state="shutting down"),
        FakeVm("f1d1a1f0", "vm-unknown-1", state="running ?", owner="", team="", project="",
               host="node11", cores=4, memory_mib=16384, started=None, address=None, known=False,
               setup="", mac="52:54:00:aa:bb:cc"),
    ]  # fmt: skip


def past() -> list[FakePast]:
    return [
        FakePast("vm-past1", "tiny-0"),
        FakePast("vm-past2", "genome-6", end="crashed", last_message="host node02: out of memory",
                 ended=NOW - timedelta(days=2), started=NOW - timedelta(days=9), host="node02"),
        FakePast("vm-past3", "imaging-1", end="forced off", owner="bob", team="imaging",
                 project="imaging", ended=NOW - timedelta(hours=3), last_message=""),
        FakePast("vm-past4", "trial-11", end="registration timeout", started=None,
                 ended=NOW - timedelta(days=40), last_message="no sign of the controller in 5 min"),
    ]  # fmt: skip


def records() -> list[FakeRecord]:
    def at(seconds: float) -> datetime:
        return NOW - timedelta(seconds=240 - seconds)

    return [
        FakeRecord(1198, "console.open", "done", at=at(0)),
        FakeRecord(1199, "realm.view_config", "done", "local", at=at(8.2)),
        FakeRecord(1200, "vm.shutdown", "refused", "genome-7", "host node03 does not answer.",
                   "bob", at(20.5)),
        FakeRecord(1201, "vm.logs", "done", "tiny-3", at=at(24)),
        FakeRecord(1202, "vm.shutdown", "attempted", "tiny-3", at=at(27.112),
                   detail={"force": "False"}),
        FakeRecord(1203, "vm.shutdown", "done", "tiny-3", "ended: shut down by admin, 6.4 s",
                   at=at(33.53)),
        FakeRecord(1204, "audit.heartbeat", "done", login="system", at=at(40.007)),
    ]  # fmt: skip


EVENTS = b"2026-11-21 14:00:09Z  placed: local\n2026-11-21 14:00:10Z  started\n"
SERIAL = (
    b"Booting from Hard Disk...\r\n[    0.000000] Linux version 6.1.0-56-cloud-amd64\r\n"
    b"tiny-linux ready on 6.1.0-56-cloud-amd64\r\nBusyBox v1.35.0 built-in shell (ash)\r\n/ # "
)


def listings() -> dict[str, list[Any]]:
    """The rows of every tab, and of all that forms choose among."""
    return {
        "realms": realms(), "hosts": hosts(), "profiles": profiles(),
        "pools": pools(), "volumes": volumes(), "pooltypes": pool_types(),
        "configs": fake_configs.configs(),
        "setupchoices": fake_configs.setup_choices(),
        "ownerchoices": fake_configs.owner_choices(),
        "teamchoices": fake_configs.team_choices(),
        "projectchoices": fake_configs.project_choices(),
        "images": fake_images.images(), "setups": fake_images.setups(),
        "running": running(), "past": past(), "service": service_vms(), "audit": [],
        "users": users(), "teams": teams(), "projects": projects(),
        "services": units(), "licensing": fake_licenses.licenses(),
        "drives": fake_drives.drives(), "receivers": fake_drives.receivers(),
        "realmchoices": fake_drives.realm_choices(),
        "tierchoices": fake_drives.tier_choices(),
        "drivechoices": fake_drives.drive_choices(),
    }  # fmt: skip


class FakeEnclave:
    """Rows that a test may exchange at any time; every run is remembered in `ran`."""

    def __init__(self) -> None:
        self.caller = FakeCaller()
        self.status = FakeStatus()
        self.settings = SimpleNamespace(
            keys={},
            session=SimpleNamespace(
                idle_exit=None, read_only=False, key_memory=timedelta(minutes=10)
            ),
        )
        self.rows = listings()
        self.keys = fake_drives.FakeKeys()
        self.notices: dict[str, tuple[str, ...]] = {
            "running": ("host node05 does not answer since 14:01:30; its VMs are as last seen.",)
        }
        self.faults: dict[str, TicryptError] = {}
        self.audit: list[FakeRecord] = records()
        self.ran: list[tuple[str, dict[str, Any]]] = []
        self.reasons: dict[tuple[str, str], str] = {}
        self.answers: dict[str, Any] = {
            "realm.view_config": "[[realms]]\nid = \"local\"\nname = \"local\"\n",
            "vm.logs": (
                FakeLog("events", (EVENTS,)),
                FakeLog("serial console", (SERIAL,)),
                FakeLog("qemu", (b"2026-11-21 14:00:10.301+0000: starting up\n",)),
            ),
        }  # fmt: skip
        self.answers["host.utilization"] = utilization()
        self.answers["realm.fix_vms"], self.answers["realm.fix_drives"] = fix_vms, fix_drives
        self.answers["setup.simulate"] = fake_images.simulation
        self.answers["license.resync"] = fake_licenses.resynced()
        self.answers["license.test"] = fake_licenses.test
        self.answers["setup.test"] = fake_images.could_hold
        self.answers["host.test"] = FakeAnswer(
            "node07 answered in 0.4 s · libvirt 9.0.0, QEMU 7.2.22"
        )
        self.under_way: Progress | None = None
        self.followed: tuple[FollowedLog, ...] = ()
        self.wrong: dict[str, str] = {}
        self.gates: dict[str, asyncio.Event] = {}
        self.listings = 0
        self.refreshed = 0
        self.closed = False
        self._callbacks: list[Callable[[str], None]] = []

    async def listing(self, tab: str) -> FakeListing:
        self.listings += 1
        if tab in self.faults:
            raise self.faults[tab]
        return FakeListing(tuple(self.rows[tab]), NOW, self.notices.get(tab, ()))

    async def count(self, tab: str) -> int:
        return len((await self.listing(tab)).rows)

    async def detail(self, tab: str, row_id: str) -> FakeDetail:
        row = next((row for row in self.rows[tab] if row.id == row_id), None)
        if row is None:
            raise NotFound("It is gone.")
        if tab == "drives":
            return FakeDetail(row.name, info_sections(row))
        if tab == "licensing":
            return FakeDetail(row.name, sections_of(row))
        facts = (("ID", row.id), ("owner", getattr(row, "owner", "")), ("state", "running"))
        place = (("realm", "local"), ("host", getattr(row, "host", "")))
        events = ("14:00:09 placed local", "14:00:10 started", "14:00:21 registered")
        return FakeDetail(
            row.name,
            (
                FakeSection("VM", facts),
                FakeSection("Where", place),
                FakeSection("Events", lines=events),
            ),
        )

    def why_not(self, operation: str, row: Any, arguments: Mapping[str, Any] | None = None) -> str:
        return self.reasons.get((operation, row.id if row else ""), "")

    def complaints(
        self, operation: str, row: Any = None, arguments: Mapping[str, Any] | None = None
    ) -> dict[str, str]:
        return {name: self.wrong[name] for name in arguments or {} if name in self.wrong}

    async def run(self, operation: str, arguments: Mapping[str, Any]) -> Any:
        self.ran.append((operation, dict(arguments)))
        if operation in self.gates:
            await self.gates[operation].wait()
        answer = self.answers.get(operation, "")
        if isinstance(answer, TicryptError):
            raise answer
        return answer(arguments) if callable(answer) else answer

    async def progress(self, config_id: str, since: datetime) -> Progress | None:
        return self.under_way

    def subscribe(self, callback: Callable[[str], None]) -> Callable[[], None]:
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def refresh(self) -> None:
        self.refreshed += 1

    def change(self, tab: str, rows: Sequence[Any]) -> None:
        """Let a tab have other rows from now on, and tell whoever listens."""
        self.rows[tab] = list(rows)
        for callback in self._callbacks:
            callback(tab)

    def record(self, record: FakeRecord) -> None:
        """Let one more audit record be written."""
        self.audit.append(record)
        for callback in self._callbacks:
            callback("audit")

    async def records(self, after: int | None, last: int = 500) -> Sequence[AuditRecord]:
        if after is None:
            return self.audit[-last:]
        return [record for record in self.audit if record.seq > after]

    async def close(self) -> None:
        self.closed = True
