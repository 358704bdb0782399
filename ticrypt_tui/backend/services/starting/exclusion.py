"""Who may not run at the same time: a service VM writes the volume that others' disks lie on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select, true
from sqlmodel import col

from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.services.wording import listed, so_many
from ticrypt_tui.backend.store.prepared import Prepared
from ticrypt_tui.backend.store.tables.machines import Vm, VmImage
from ticrypt_tui.backend.store.tables.new_vm import NewVm


def refuse_excluded(connection: Connection, vm: NewVm) -> None:
    """Refuse a VM that must not be brought up beside one that has not ended.

    It is made from a configuration, or from a service VM, that has one already; or it is a service
    VM and any VM runs from its image; or a service VM runs from its image.
    """
    made_from = vm.service_vm_id if vm.service else vm.configuration_id
    query = _BESIDE_A_SERVICE_VM if vm.service else _BESIDE_A_VM
    found = query.rows(connection, {"image": vm.image_id, "source": made_from})
    going = [_Going(*each) for each in found]
    if same := next((each.id for each in going if each.source and each.source == made_from), ""):
        raise Refused(f"It runs already, as {same}.")
    if writers := [each.name for each in going if each.service]:
        raise Refused(_written_by(writers), "Shut the service VM down first.")
    if vm.service and going:
        what = so_many(len(going), "VM runs", "VMs run")
        names = listed([each.name for each in going])
        raise Refused(
            f"It would write the volume that {what} from: {names}.", "Shut what runs down first."
        )


class _Going(NamedTuple):
    """A VM that has not ended, and what it is made from."""

    id: str
    name: str
    service: bool
    source: str | None


def _going(source: Any, forbids: Any) -> Prepared:
    """The VMs that have not ended and are of the same source, or of the same image and forbid."""
    of_image = (col(Vm.image_id) == bindparam("image")) & forbids
    columns = select(col(Vm.id), col(Vm.name), col(Vm.service), source.label("source"))
    there = columns.where(col(Vm.ended).is_(None), (source == bindparam("source")) | of_image)
    return Prepared(there.order_by(col(Vm.name)))


_BESIDE_A_VM = _going(col(Vm.configuration_id), col(Vm.service))
_BESIDE_A_SERVICE_VM = _going(col(Vm.service_vm_id), true())
_VOLUME = Prepared(select(col(VmImage.volume)).where(col(VmImage.id) == bindparam("image")))


def refuse_changed_image(connection: Connection, vm: NewVm, volume: str) -> None:
    """Refuse a VM whose image was deleted, or has another volume, since it was read: nobody would
    see that it runs from this volume."""
    if [*_VOLUME.rows(connection, {"image": vm.image_id})] != [(volume,)]:
        raise Refused("Its image was changed meanwhile; nothing was started.", "Start it again.")


def writers_of(connection: Connection, image_id: str) -> str:
    """That a service VM runs from an image, so that nothing else may; ''."""
    going = _BESIDE_A_VM.rows(connection, {"image": image_id, "source": None})
    names = [_Going(*each).name for each in going]
    return _written_by(names) if names else ""


def _written_by(names: Sequence[str]) -> str:
    return f"The service VM {listed(names)} runs from its image and writes that volume."
