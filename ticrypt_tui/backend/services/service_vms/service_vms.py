"""Service VMs: for the upkeep of images, by admins alone; they are in this tab and nowhere else
(domain.md 2.11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.drivers.base import Reach
from ticrypt_tui.backend.services.base import Detail, Section, Service
from ticrypt_tui.backend.services.names import Names, read_names
from ticrypt_tui.backend.services.vms.events import event_lines
from ticrypt_tui.backend.services.vms.past import PastVm, past_row
from ticrypt_tui.backend.services.vms.running import all_vms
from ticrypt_tui.backend.services.vms.running_vm import RunningVm
from ticrypt_tui.backend.services.wording import moment
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.machines import ServiceVm, ServiceVmDevice, Vm, VmImage
from ticrypt_tui.config.devices import DeviceCount

OFF = "off"


@dataclass(frozen=True, slots=True)
class ServiceVmRow:
    """A service VM as it is set up, and how it runs.

    `run` is the VM that it is while it is on, `last` the one that it was when it was on last;
    `state` is `off`, or that of `run`. `host` is the one that it is on, else the one that it is
    pinned to, as `pinned` and `host_id` tell. `image_users` are the names of the other VMs that run
    from its image now. `runtime` is in whole minutes.
    """

    id: str
    name: str
    realm: str
    realm_id: str
    image: str
    image_id: str
    volume: str
    os: str
    cores: int
    memory_mib: int
    devices: tuple[DeviceCount, ...]
    pinned: str
    host_id: str | None
    version: int
    state: str = OFF
    host: str = ""
    image_users: tuple[str, ...] = ()
    run: RunningVm | None = None
    last: PastVm | None = None
    runtime: timedelta | None = None
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the store says of all service VMs, in one snapshot."""

    found: Sequence[tuple[ServiceVm, VmImage]]
    devices: dict[str, tuple[DeviceCount, ...]]
    last: dict[str, Vm]
    names: Names


class ServiceVms(Service[ServiceVmRow]):
    """The tab of service VMs."""

    tab = "service"
    kind = "service_vm"
    noun = "service VM"
    table = ServiceVm

    async def rows(self) -> tuple[ServiceVmRow, ...]:
        return await self._rows(await all_vms(self.enclave))

    async def current(self) -> tuple[ServiceVmRow, ...]:
        return await self._rows(await all_vms(self.enclave, anew=False))

    async def _rows(self, vms: Sequence[RunningVm]) -> tuple[ServiceVmRow, ...]:
        async with self.enclave.database.read() as session:
            stored = await _read(session)
        return tuple(self._row(each, image, stored, vms) for each, image in stored.found)

    async def notices(self) -> tuple[str, ...]:
        return self.enclave.unreachable_notices()

    async def detail(self, row: ServiceVmRow) -> Detail:
        sections = [Section("Service VM", _facts(row)), Section("Now", _now(row))]
        if row.last is not None:
            sections.append(Section("The last time", _last(row.last)))
        vm = row.run or row.last
        if vm is not None:
            events = await event_lines(self.enclave.database, vm.id)
            sections.append(Section("Events", lines=events))
        return Detail(row.name, tuple(sections))

    def _row(
        self, each: ServiceVm, image: VmImage, stored: _Stored, vms: Sequence[RunningVm]
    ) -> ServiceVmRow:
        realms = self.enclave.realm_names
        run = next((vm for vm in vms if vm.service_vm_id == each.id), None)
        last = stored.last.get(each.id)
        host = self.enclave.sightings().get(run.host_id or "") if run else None
        return ServiceVmRow(
            id=each.id,
            name=each.name,
            realm=realms[each.realm_id],
            realm_id=each.realm_id,
            image=image.name,
            image_id=image.id,
            volume=image.volume,
            os=image.os,
            cores=each.cores,
            memory_mib=each.memory_mib,
            devices=stored.devices.get(each.id, ()),
            pinned=stored.names.host(each.host_id),
            host_id=each.host_id,
            version=each.version,
            state=run.state if run else OFF,
            host=run.host if run else stored.names.host(each.host_id),
            image_users=_users(image, run, vms),
            run=run,
            last=past_row(last, stored.names, realms) if last else None,
            runtime=_runtime(run),
            simulated=host is not None and host.reach is Reach.SIMULATED,
        )


async def _read(session: AsyncSession) -> _Stored:
    both = select(ServiceVm, VmImage).join(VmImage).order_by(col(ServiceVm.name))
    asked = select(ServiceVmDevice).order_by(col(ServiceVmDevice.kind))
    devices: dict[str, tuple[DeviceCount, ...]] = {}
    for each in await session.exec(asked):
        had = devices.get(each.service_vm_id, ())
        devices[each.service_vm_id] = (*had, DeviceCount(each.kind, each.count))
    found = (await session.exec(both)).all()
    return _Stored(found, devices, await _last_ended(session), await read_names(session))


async def _last_ended(session: AsyncSession) -> dict[str, Vm]:
    """The newest VM of each service VM that has ended."""
    newest = (
        select(col(Vm.service_vm_id), func.max(col(Vm.ended)).label("ended"))
        .where(col(Vm.service_vm_id).is_not(None), col(Vm.ended).is_not(None))
        .group_by(col(Vm.service_vm_id))
        .subquery()
    )
    same = (col(Vm.service_vm_id) == newest.c.service_vm_id) & (col(Vm.ended) == newest.c.ended)
    ended = await session.exec(select(Vm).join(newest, same))
    return {vm.service_vm_id: vm for vm in ended if vm.service_vm_id}


def _users(image: VmImage, run: RunningVm | None, vms: Sequence[RunningVm]) -> tuple[str, ...]:
    others = (vm for vm in vms if vm.image_id == image.id and (run is None or vm.id != run.id))
    return tuple(sorted(vm.name for vm in others))


def _runtime(run: RunningVm | None) -> timedelta | None:
    if run is None or run.started is None:
        return None
    return timedelta(minutes=max(0, (now() - run.started) // timedelta(minutes=1)))


def _facts(row: ServiceVmRow) -> tuple[tuple[str, str], ...]:
    return (
        ("ID", row.id),
        ("realm", row.realm),
        ("image", row.image),
        ("volume", f"{row.volume}, which it writes itself"),
        ("OS", row.os),
        ("cores", str(row.cores)),
        ("memory", f"{row.memory_mib} MiB"),
        ("devices", ", ".join(map(str, row.devices)) or "none"),
        ("pinned to", row.pinned or "no host"),
        ("network", "the service network, with INTERNET; no licensing filter"),
    )


def _now(row: ServiceVmRow) -> tuple[tuple[str, str], ...]:
    vm = row.run
    if vm is None:
        return (("state", OFF),)
    return (
        ("state", f"{vm.state} ({vm.reason})" if vm.reason else vm.state),
        ("VM", vm.id),
        ("host", vm.host),
        ("started", moment(vm.started)),
        ("address", vm.address or ""),
        ("MAC", vm.mac or ""),
        ("last seen", moment(vm.stale_since, "now")),
    )


def _last(vm: PastVm) -> tuple[tuple[str, str], ...]:
    return (
        ("ended", moment(vm.ended)),
        ("how", vm.end),
        ("last message", vm.last_message),
        ("started", moment(vm.started, "never")),
        ("host", vm.host),
    )
