"""The VMs that have not ended, as the store alone knows them; read again only after a commit."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlmodel import col, select

from ticrypt_tui.backend.services.names import Names, read_names
from ticrypt_tui.backend.services.running_vm import RunningVm
from ticrypt_tui.backend.store.tables.machines import Vm, VmState
from ticrypt_tui.backend.sync.registration import register_by

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

SLICE = 500
"""Rows that are worked on at one go, before the event loop has its turn."""


class _Record(NamedTuple):
    """What is read of a VM: to make an object of each record would take several times as long."""

    id: str
    name: str
    state: VmState
    owner_id: str | None
    team_id: str | None
    team_name: str
    project_id: str | None
    project_tag: str
    realm_id: str
    host_id: str | None
    host_name: str
    cores: int
    memory_mib: int
    started: datetime | None
    debug: bool
    setup_name: str
    service: bool
    image_id: str | None
    configuration_id: str | None
    service_vm_id: str | None
    shutdown_asked_by: str | None


_COLUMNS: Any = [getattr(Vm, each) for each in _Record._fields]
_ON_ITS_WAY = (VmState.BOOTING, VmState.REGISTERING)
_RUNNING = select(*_COLUMNS).where(col(Vm.ended).is_(None)).order_by(col(Vm.created))


class StoredVms:
    """Every VM that has not ended, by its ID; the row of one that did not change stays the same."""

    def __init__(self, enclave: Enclave) -> None:
        self._enclave = enclave
        self._version = -1
        self._turn = asyncio.Lock()
        self._names: Names | None = None
        self._rows: dict[str, RunningVm] = {}
        self._told: dict[str, int] = {}

    async def rows(self, *, anew: bool = False) -> Mapping[str, RunningVm]:
        """The rows in the order in which they were made, as of the last commit that is known of.

        Where that changed nothing of them, they are the same object as before. `anew` asks the
        store whatever is known.
        """
        async with self._turn:  # who else wants them meanwhile has what is being read
            version = self._enclave.database.version
            if anew or version != self._version:
                await self._read()
                self._version = version
            return self._rows

    async def _read(self) -> None:
        rows: dict[str, RunningVm] = {}
        told: dict[str, int] = {}
        async with self._enclave.database.read() as session:
            names = await read_names(session)
            before = self._told if names == self._names else {}
            found = await session.stream(_RUNNING)
            async for part in found.partitions(SLICE):
                for vm in map(_Record._make, part):
                    record = hash(vm)  # to keep them would take megabytes
                    same = before.get(vm.id) == record
                    told[vm.id] = record
                    rows[vm.id] = self._rows[vm.id] if same else self._row(vm, names)
        if told != before or not before:
            self._names, self._told, self._rows = names, told, rows

    def _row(self, vm: _Record, names: Names) -> RunningVm:
        row = _row(vm, names, self._enclave.realm_names)
        return row._replace(register_by=self._register_by(vm)) if vm.state in _ON_ITS_WAY else row

    def _register_by(self, vm: _Record) -> datetime | None:
        """When a VM that has not registered is ended; a service VM need not."""
        realm = self._enclave.realms.get(vm.realm_id)
        if realm is None or vm.service:
            return None
        return register_by(vm.started, realm.registration_timeout)


def _row(vm: _Record, names: Names, realms: Mapping[str, str]) -> RunningVm:
    """A VM as the store alone knows it."""
    return RunningVm(
        id=sys.intern(vm.id),  # drivers have it, too
        name=vm.name,
        state=vm.state,
        owner=names.owner(vm.owner_id),
        team=names.team(vm.team_id, vm.team_name),
        project=names.project(vm.project_id, vm.project_tag),
        realm=realms.get(vm.realm_id, vm.realm_id),
        realm_id=sys.intern(vm.realm_id),
        host=names.host(vm.host_id, vm.host_name),
        host_id=_once(vm.host_id),
        cores=vm.cores,
        memory_mib=vm.memory_mib,
        started=vm.started,
        debug=vm.debug,
        setup=sys.intern(vm.setup_name),
        service=vm.service,
        owner_id=_once(vm.owner_id),
        team_id=_once(vm.team_id),
        project_id=_once(vm.project_id),
        image_id=_once(vm.image_id),
        configuration_id=vm.configuration_id,
        service_vm_id=vm.service_vm_id,
        co_owner_ids=names.co_owners.get(vm.configuration_id or "", ()),
        above=names.above.get(vm.project_id or "", ()),
        uuid=sys.intern(vm.id.removeprefix("vm-")),
        domain=sys.intern(vm.id),
        asked=vm.shutdown_asked_by is not None,
    )


def _once(text: str | None) -> str | None:
    """The one string for a text that many rows have."""
    return None if text is None else sys.intern(text)
