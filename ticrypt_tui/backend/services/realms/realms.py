"""Realms: what the configuration file declares, and how their hosts answer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from ticrypt_tui.backend.drivers.base import HostSeen, Reach
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.base import Detail, Section, Service
from ticrypt_tui.backend.store.tables.infrastructure import Host, RealmSync
from ticrypt_tui.backend.store.tables.machines import Vm
from ticrypt_tui.config.realm import RealmSettings

MASK = "********"
KINDS = ("vms", "drives")
"""The two rounds that a realm has, as its records of them name them."""
_SECRET = re.compile(r"password|passphrase|secret|token|credential|(^|_)key($|_)", re.IGNORECASE)
_USER_INFO = re.compile(r"(?<=://)([^/@\s:]+):[^/@\s]+(?=@)")


@dataclass(frozen=True, slots=True)
class LastRound:
    """The last round of Fix VMs or Fix drives: when, by whom, and what it found.

    One without an end is going on, or was cut short.
    """

    started: datetime
    ended: datetime | None
    by: str
    result: str

    @property
    def seconds(self) -> float | None:
        """How long it took."""
        return None if self.ended is None else (self.ended - self.started).total_seconds()


@dataclass(frozen=True, slots=True)
class RealmRow:
    """A realm of the configuration file; `fault` says why its driver cannot be used.

    Simulated VMs are counted among its `vms`, though the store has none of them. `last_sync` and
    `sync_result` are of the newer of its two last rounds.
    """

    id: str
    name: str
    driver: str
    disabled: bool
    hosts_up: int
    hosts_all: int
    vms: int
    last_sync: datetime | None = None
    sync_result: str = ""
    fault: str = ""
    last_vms: LastRound | None = None
    last_drives: LastRound | None = None


class Realms(Service[RealmRow]):
    """The tab of realms: read-only, for realms come from the configuration file alone (seed)."""

    tab = "realms"
    kind = "realm"
    noun = "realm"

    async def rows(self) -> tuple[RealmRow, ...]:
        running = select(Vm.realm_id, func.count()).where(
            col(Vm.ended).is_(None), col(Vm.service).is_(False)
        )
        async with self.enclave.database.read() as session:
            hosts = (await session.exec(select(Host.id, Host.realm_id))).all()
            vms = dict((await session.exec(running.group_by(col(Vm.realm_id)))).all())
            rounds = select(RealmSync).where(col(RealmSync.kind).in_(KINDS))
            syncs = {(sync.realm_id, sync.kind): sync for sync in await session.exec(rounds)}
        seen = self.enclave.sightings()
        return tuple(
            _row(realm, hosts, seen, vms.get(realm.id, 0), syncs, self.enclave.drivers.faults)
            for realm in self.enclave.settings.realms
        )

    async def detail(self, row: RealmRow) -> Detail:
        facts = (
            ("ID", row.id),
            ("driver", row.driver),
            ("state", "disabled" if row.disabled else row.fault or "enabled"),
            ("hosts", f"{row.hosts_up} of {row.hosts_all} up"),
            ("VMs", str(row.vms)),
            ("last Fix VMs", _told(row.last_vms)),
            ("last Fix drives", _told(row.last_drives)),
        )
        return Detail(row.name, (Section("Realm", facts),))


def _row(
    realm: RealmSettings,
    hosts: Any,
    seen: Mapping[str, HostSeen],
    vms: int,
    syncs: Mapping[tuple[str, str], RealmSync],
    faults: Mapping[str, str],
) -> RealmRow:
    own = [host_id for host_id, realm_id in hosts if realm_id == realm.id]
    vms_round, drives_round = (_round(syncs.get((realm.id, kind))) for kind in KINDS)
    newer = max(filter(None, (vms_round, drives_round)), key=lambda it: it.started, default=None)
    played = (seen[each].domains for each in own if each in seen and _simulated(seen[each]))
    return RealmRow(
        id=realm.id,
        name=realm.name,
        driver=realm.driver,
        disabled=realm.disabled,
        hosts_up=sum(seen[host_id].fresh for host_id in own if host_id in seen),
        hosts_all=len(own),
        vms=vms + sum(map(len, played)),
        last_sync=(newer.ended or newer.started) if newer else None,
        sync_result=newer.result if newer else "",
        fault=faults.get(realm.id, ""),
        last_vms=vms_round,
        last_drives=drives_round,
    )


def _round(sync: RealmSync | None) -> LastRound | None:
    return LastRound(sync.started, sync.ended, sync.by, sync.result) if sync else None


def _told(last: LastRound | None) -> str:
    """When a round was, by whom, how long it took and what it found."""
    if last is None:
        return "never"
    at = f"{last.started:%Y-%m-%d %H:%M:%S} UTC by {last.by}"
    if last.seconds is None:
        return f"{at}: it goes on, or was cut short"
    return f"{at}, in {last.seconds:.1f} s: {last.result}"


def _simulated(host: HostSeen) -> bool:
    return host.reach is Reach.SIMULATED


@operation(
    "realm.view_config",
    Argument("realm", "object", says="a realm's ID or name"),
    on="realm",
    says="Show a realm's configuration, without its secrets.",
    changes=False,
)
async def view_config(call: Call, realm: RealmRow) -> str:
    """The realm's part of the configuration file as TOML: with defaults, without secrets."""
    settings = call.enclave.realm(realm.id)
    lines = [f"# {call.enclave.settings.path}", "[[realms]]"]
    values = masked(settings.model_dump(mode="json"))
    return "\n".join([*lines, *(f"{key} = {_toml(value)}" for key, value in values.items())])


def masked(value: Any, key: str = "") -> Any:
    """A configuration value without its secrets: by the name of its key, and inside URLs."""
    if isinstance(value, dict):
        return {name: masked(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [masked(each, key) for each in value]
    if value and _SECRET.search(key):
        return MASK
    return _USER_INFO.sub(rf"\1:{MASK}", value) if isinstance(value, str) else value


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        inside = ", ".join(f"{json.dumps(key)} = {_toml(each)}" for key, each in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return '"off"' if value is None else json.dumps(value, ensure_ascii=False)
