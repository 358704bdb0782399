"""Making, changing and deleting service VMs: only while they are off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.checks import (
    at_least_one,
    counts_of,
    of_realm,
    proper_counts,
    proper_name,
    refuse_namesake,
)
from ticrypt_tui.backend.services.editing import VERSION, as_read
from ticrypt_tui.backend.services.service_vms.service_vms import ServiceVmRow
from ticrypt_tui.backend.store.tables.infrastructure import Host
from ticrypt_tui.backend.store.tables.machines import ServiceVm, ServiceVmDevice, Vm, VmImage
from ticrypt_tui.config.devices import COUNT_EXAMPLE, DeviceCount
from ticrypt_tui.config.realm import RealmSettings


def off(caller: Caller, thing: ServiceVmRow, arguments: Mapping[str, Any]) -> str:
    """A service VM is changed and deleted only while it is off (domain.md 2.11)."""
    return f"It is {thing.state}: shut it down first." if thing.run else ""


_MEMORY = "MiB, or with a unit, such as 4 GiB"
_DEVICES = f"kind:number, such as {COUNT_EXAMPLE}, separated by commas"
_HOST = "the host of that realm that it always runs on; the scheduler chooses if left out"
_PROPER = (proper_name, at_least_one("cores", "memory"), proper_counts)


@operation(
    "service_vm.create",
    Argument("realm", "object", says="a realm's ID or name"),
    Argument("name"),
    Argument("image", "object", says="an image of that realm: its volume is what is written"),
    Argument("cores", "number"),
    Argument("memory", "memory", says=_MEMORY),
    Argument("devices", "list", required=False, says=_DEVICES),
    Argument("host", "object", required=False, says=_HOST),
    says="Make a service VM; it has the internet, and never a drive, a team or a project.",
    preconditions=_PROPER,
)
async def create(
    call: Call,
    *,
    realm: str,
    name: str,
    image: str,
    cores: int,
    memory: int,
    devices: Sequence[str] = (),
    host: str = "",
) -> str:
    """Make a service VM; returns its ID."""
    where = call.enclave.realm(realm)
    async with call.change() as session:
        await refuse_namesake(session, ServiceVm, "a service VM", where, name=name)
        made = ServiceVm(
            realm_id=where.id, name=name, cores=cores, memory_mib=memory,
            image_id=(await of_realm(session, VmImage, "image", image, where)).id,
            host_id=(await of_realm(session, Host, "host", host, where)).id if host else None,
        )  # fmt: skip
        session.add(made)
        await session.flush()
        await _put_devices(session, made.id, counts_of(devices))
        call.made(made.id)
    return made.id


@operation(
    "service_vm.edit",
    Argument("service_vm", "object", says="a service VM's ID or name"),
    Argument("name", required=False),
    Argument("image", "object", required=False),
    Argument("cores", "number", required=False),
    Argument("memory", "memory", required=False, says=_MEMORY),
    Argument("devices", "list", required=False, clears=True, says=f"{_DEVICES}; empty: none"),
    Argument("host", "object", required=False, clears=True, says="empty: any host of its realm"),
    VERSION,
    on="service_vm",
    says="Change a service VM while it is off.",
    preconditions=(off, *_PROPER),
)
async def edit(call: Call, vm: ServiceVmRow, *, version: int = 0, **changes: Any) -> None:
    """Change the fields that are given. Raises `Changed` where somebody else was quicker, and
    `Refused` where it is on by now."""
    where = call.enclave.realm(vm.realm_id)
    async with call.change() as session:
        found = await as_read(session, ServiceVm, vm.id, vm.name, version or vm.version)
        await _refuse_on(session, found)
        if changes.get("name", found.name) != found.name:
            await refuse_namesake(session, ServiceVm, "a service VM", where, name=changes["name"])
        if "devices" in changes:
            await _put_devices(session, found.id, counts_of(changes.pop("devices") or ()))
        found.sqlmodel_update(await _columns(session, where, changes))
        flag_modified(found, "cores")  # so that its version counts a change of its devices, too
        session.add(found)


@operation(
    "service_vm.delete",
    Argument("service_vm", "object", says="a service VM's ID or name"),
    on="service_vm",
    says="Delete a service VM while it is off; its image and volume are left as they are.",
    preconditions=(off,),
)
async def remove(call: Call, vm: ServiceVmRow) -> str:
    """Delete a service VM. Raises `Refused` where it is on by now."""
    async with call.change() as session:
        found = await as_read(session, ServiceVm, vm.id, vm.name, vm.version)
        await _refuse_on(session, found)
        await session.delete(found)
    return f"{vm.name} is deleted"


async def _columns(
    session: AsyncSession, realm: RealmSettings, changes: Mapping[str, Any]
) -> dict[str, Any]:
    """What the arguments of an edit are in the table."""
    columns = {key: changes[key] for key in ("name", "cores") if key in changes}
    if "memory" in changes:
        columns["memory_mib"] = changes["memory"]
    if "image" in changes:
        image = await of_realm(session, VmImage, "image", changes["image"], realm)
        columns["image_id"] = image.id
    if "host" in changes:
        named = changes["host"]
        host = await of_realm(session, Host, "host", named, realm) if named else None
        columns["host_id"] = host.id if host else None
    return columns


async def _refuse_on(session: AsyncSession, vm: ServiceVm) -> None:
    """The same as `off`, in the transaction that saves it."""
    running = select(Vm.state).where(Vm.service_vm_id == vm.id, col(Vm.ended).is_(None))
    if state := (await session.exec(running)).first():
        raise Refused(f"It is {state}: shut it down first.")


async def _put_devices(session: AsyncSession, vm_id: str, counts: Sequence[DeviceCount]) -> None:
    """Let a service VM ask for these devices and no others."""
    await session.exec(delete(ServiceVmDevice).where(col(ServiceVmDevice.service_vm_id) == vm_id))
    session.add_all(
        ServiceVmDevice(service_vm_id=vm_id, kind=each.kind, count=each.count) for each in counts
    )
