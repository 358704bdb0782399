"""Who may not run at the same time: a service VM writes the volume that others' disks lie on."""

from __future__ import annotations

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.services.usage import listed
from ticrypt_tui.backend.store.tables.machines import Vm


async def refuse_excluded(session: AsyncSession, vm: Vm) -> None:
    """Refuse a VM that must not be brought up beside one that has not ended.

    It is made from a configuration, or from a service VM, that has one already; or it is a service
    VM and any VM runs from its image; or a service VM runs from its image.
    """
    here = col(Vm.configuration_id) == vm.configuration_id
    if vm.service:
        here = col(Vm.service_vm_id) == vm.service_vm_id
    going = col(Vm.ended).is_(None)
    if other := (await session.exec(select(Vm.id).where(here, going))).first():
        raise Refused(f"It runs already, as {other}.")
    await _refuse_shared_volume(session, vm)


async def _refuse_shared_volume(session: AsyncSession, vm: Vm) -> None:
    of_image = select(Vm.name, Vm.service).where(
        col(Vm.image_id) == vm.image_id, col(Vm.ended).is_(None)
    )
    others = (await session.exec(of_image.order_by(col(Vm.name)))).all()
    if services := [name for name, service in others if service]:
        raise Refused(
            f"The service VM {listed(services)} runs from its image and writes that volume.",
            "Shut the service VM down first.",
        )
    if vm.service and others:
        names = [name for name, _ in others]
        raise Refused(
            f"It would write the volume that {_vms(names)} from: {listed(names)}.",
            "Shut what runs down first.",
        )


def _vms(names: list[str]) -> str:
    return "1 VM runs" if len(names) == 1 else f"{len(names)} VMs run"
