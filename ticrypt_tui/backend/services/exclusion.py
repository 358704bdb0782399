"""Who may not run at the same time: a service VM writes the volume that others' disks lie on."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_
from sqlmodel import Session, col, select

from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.services.usage import listed
from ticrypt_tui.backend.store.tables.machines import Vm, VmImage


def refuse_excluded(session: Session, vm: Vm) -> None:
    """Refuse a VM that must not be brought up beside one that has not ended.

    It is made from a configuration, or from a service VM, that has one already; or it is a service
    VM and any VM runs from its image; or a service VM runs from its image.
    """
    source = col(Vm.service_vm_id) if vm.service else col(Vm.configuration_id)
    made_from = vm.service_vm_id if vm.service else vm.configuration_id
    columns = select(Vm.id, Vm.name, Vm.service, source).where(
        col(Vm.ended).is_(None), or_(col(Vm.image_id) == vm.image_id, source == made_from)
    )
    going = (session.exec(columns.order_by(col(Vm.name)))).all()
    if same := next((each[0] for each in going if each[3] and each[3] == made_from), ""):
        raise Refused(f"It runs already, as {same}.")
    if writers := [name for _, name, service, _ in going if service]:
        raise Refused(_written_by(writers), "Shut the service VM down first.")
    if vm.service and going:
        what = "1 VM runs" if len(going) == 1 else f"{len(going)} VMs run"
        names = listed([name for _, name, _, _ in going])
        raise Refused(
            f"It would write the volume that {what} from: {names}.", "Shut what runs down first."
        )


def refuse_changed_image(session: Session, vm: Vm, volume: str) -> None:
    """Refuse a VM whose image was deleted, or has another volume, since it was read: nobody would
    see that it runs from this volume."""
    its = session.exec(select(VmImage.volume).where(VmImage.id == vm.image_id))
    if its.first() != volume:
        raise Refused("Its image was changed meanwhile; nothing was started.", "Start it again.")


def writers_of(session: Session, image_id: str) -> str:
    """That a service VM runs from an image, so that nothing else may; ''."""
    here = select(Vm.name).where(Vm.image_id == image_id, col(Vm.service), col(Vm.ended).is_(None))
    names = (session.exec(here.order_by(col(Vm.name)))).all()
    return _written_by(names) if names else ""


def _written_by(names: Sequence[str]) -> str:
    return f"The service VM {listed(names)} runs from its image and writes that volume."
