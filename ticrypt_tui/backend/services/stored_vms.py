"""The VMs that have not ended, as the store alone knows them; read again only after a commit."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlmodel import col, select

from ticrypt_tui.backend.services.names import Names, read_names
from ticrypt_tui.backend.services.running_vm import RunningVm
from ticrypt_tui.backend.store.tables.machines import Vm, VmState
from ticrypt_tui.backend.sync.registration import register_by

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

SLICE = 500
"""Rows that are worked on at one go, before the event loop has its turn."""

# Columns: to make an object of each record would take several times as long.
_COLUMNS: Any = (
    Vm.id, Vm.name, Vm.state, Vm.owner_id, Vm.team_id, Vm.team_name, Vm.project_id, Vm.project_tag,
    Vm.realm_id, Vm.host_id, Vm.host_name, Vm.cores, Vm.memory_mib, Vm.started, Vm.debug,
    Vm.setup_name, Vm.service, Vm.image_id, Vm.configuration_id, Vm.service_vm_id,
    Vm.shutdown_asked_by,
)  # fmt: skip
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
                for each in part:
                    vm_id, record = each[0], hash(tuple(each))  # to keep them would take megabytes
                    same = before.get(vm_id) == record
                    told[vm_id] = record
                    rows[vm_id] = self._rows[vm_id] if same else self._row(each, names)
        if told != before or not before:
            self._names, self._told, self._rows = names, told, rows

    def _row(self, vm: Any, names: Names) -> RunningVm:
        row = _row(vm, names, self._enclave.realm_names)
        return replace(row, register_by=self._register_by(vm)) if vm.state in _ON_ITS_WAY else row

    def _register_by(self, vm: Any) -> datetime | None:
        """When a VM that has not registered is ended; a service VM need not."""
        realm = self._enclave.realms.get(vm.realm_id)
        if realm is None or vm.service:
            return None
        return register_by(vm.started, realm.registration_timeout)


def _row(vm: Any, names: Names, realms: Mapping[str, str]) -> RunningVm:
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
