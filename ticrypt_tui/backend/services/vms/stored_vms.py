"""The VMs that have not ended, as the store alone knows them; read again only after a commit."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlmodel import col, select

from ticrypt_tui.backend.services.names import Names, read_names
from ticrypt_tui.backend.services.vms.running_vm import RunningVm
from ticrypt_tui.backend.services.vms.stored_vm import Record, row_of
from ticrypt_tui.backend.store.tables.machines import Vm, VmState
from ticrypt_tui.backend.sync.registration import register_by

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

SLICE = 500
"""Rows that are worked on at one go, before the event loop has its turn."""


_COLUMNS: Any = [getattr(Vm, each) for each in Record._fields]
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
                for vm in map(Record._make, part):
                    record = hash(vm)  # to keep them would take megabytes
                    same = before.get(vm.id) == record
                    told[vm.id] = record
                    rows[vm.id] = self._rows[vm.id] if same else self._row(vm, names)
        if told != before or not before:
            self._names, self._told, self._rows = names, told, rows

    def _row(self, vm: Record, names: Names) -> RunningVm:
        row = row_of(vm, names, self._enclave.realm_names)
        return row._replace(register_by=self._register_by(vm)) if vm.state in _ON_ITS_WAY else row

    def _register_by(self, vm: Record) -> datetime | None:
        """When a VM that has not registered is ended; a service VM need not."""
        realm = self._enclave.realms.get(vm.realm_id)
        if realm is None or vm.service:
            return None
        return register_by(vm.started, realm.registration_timeout)
