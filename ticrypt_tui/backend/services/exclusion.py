"""Who may not run at the same time: a service VM writes the volume that others' disks lie on."""

from __future__ import annotations

from collections.abc import Sequence

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
    own = (
        col(Vm.service_vm_id) == vm.service_vm_id
        if vm.service
        else (col(Vm.configuration_id) == vm.configuration_id)
    )
    going = col(Vm.ended).is_(None)
    if other := (await session.exec(select(Vm.id).where(own, going))).first():
        raise Refused(f"It runs already, as {other}.")
    if writers := await writers_of(session, vm.image_id):
        raise Refused(writers, "Shut the service VM down first.")
    if vm.service and (names := await _running_from(session, vm.image_id, service=False)):
        what = "1 VM runs" if len(names) == 1 else f"{len(names)} VMs run"
        raise Refused(
            f"It would write the volume that {what} from: {listed(names)}.",
            "Shut what runs down first.",
        )


async def writers_of(session: AsyncSession, image_id: str | None) -> str:
    """That a service VM runs from an image, so that nothing else may; ''."""
    names = await _running_from(session, image_id, service=True)
    if not names:
        return ""
    return f"The service VM {listed(names)} runs from its image and writes that volume."


async def _running_from(
    session: AsyncSession, image_id: str | None, *, service: bool
) -> Sequence[str]:
    named = select(Vm.name).where(
        col(Vm.image_id) == image_id, col(Vm.service) == service, col(Vm.ended).is_(None)
    )
    return (await session.exec(named.order_by(col(Vm.name)))).all()
