"""VM images: a volume, named and typed; at most one per volume (domain.md 2.6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.services.base import Detail, Section, Service
from ticrypt_tui.backend.services.images.volumes import free_volumes, volume_id
from ticrypt_tui.backend.services.storage.volume_systems import (
    Statements,
    read_statements,
    system_of,
)
from ticrypt_tui.backend.services.wording import listed, moment
from ticrypt_tui.backend.store.tables.machines import HardwareSetup, ServiceVm, Vm, VmImage
from ticrypt_tui.text import shown

Named = Mapping[str, tuple[str, ...]]
"""The names of what belongs to an object, by its ID."""
Free = Mapping[str, tuple[str, ...]] | None
"""The names of free volumes by what they hold; None where no host has told of any."""


@dataclass(frozen=True, slots=True)
class ImageRow:
    """A VM image; `os` is its own, `volume_os` what is said of its volume by now, and by whom.

    `setups`, `service_vms` and `running` are the names of what is made from it. `registered` is
    when a VM of it last did, if one ever has. `free` are the volumes that a copy of it may have,
    None where no host has told of any volume yet.
    """

    id: str
    name: str
    realm: str
    realm_id: str
    volume: str
    volume_id: str
    os: str
    volume_os: str
    os_said_by: str
    setups: tuple[str, ...]
    service_vms: tuple[str, ...]
    running: tuple[str, ...]
    vms: int
    registered: datetime | None
    free: tuple[str, ...] | None
    version: int

    @property
    def fault(self) -> str:
        """What is wrong between the image and its volume, or ''."""
        if self.volume_os in ("", self.os):
            return ""
        return f"Its volume holds {self.volume_os}, says {self.os_said_by}: not {self.os}."


@dataclass(frozen=True, slots=True)
class Uses:
    """What is made from images, by their IDs."""

    setups: Named = field(default_factory=dict)
    service_vms: Named = field(default_factory=dict)
    running: Named = field(default_factory=dict)


class Images(Service[ImageRow]):
    """The tab of VM images."""

    tab = "images"
    kind = "image"
    noun = "VM image"
    table = VmImage

    async def rows(self) -> tuple[ImageRow, ...]:
        past = select(Vm.image_id, func.count(), func.max(Vm.registered)).group_by(col(Vm.image_id))
        async with self.enclave.database.read() as session:
            images = list(await session.exec(select(VmImage).order_by(col(VmImage.name))))
            stated = await read_statements(session)
            uses = await read_uses(session)
            vms = {image_id: rest for image_id, *rest in await session.exec(past)}
        free = {realm_id: self._free(realm_id, images, stated) for realm_id in self.enclave.realms}
        return tuple(
            self._row(image, stated, uses, vms.get(image.id, (0, None)), free.get(image.realm_id))
            for image in images
        )

    def _free(self, realm_id: str, images: Iterable[VmImage], stated: Statements) -> Free:
        taken = {each.volume for each in images if each.realm_id == realm_id}
        return free_volumes(self.enclave, self.enclave.realms[realm_id], taken, stated)

    def _row(
        self, image: VmImage, stated: Statements, uses: Uses, vms: Any, free: Free
    ) -> ImageRow:
        realm = self.enclave.realms.get(image.realm_id)
        system = system_of(realm, image.volume, stated) if realm else None
        return ImageRow(
            id=image.id,
            name=image.name,
            realm=realm.name if realm else image.realm_id,
            realm_id=image.realm_id,
            volume=image.volume,
            volume_id=volume_id(realm, image.volume) if realm else image.volume,
            os=image.os,
            volume_os=system.os if system else "",
            os_said_by=system.said_by if system else "",
            setups=uses.setups.get(image.id, ()),
            service_vms=uses.service_vms.get(image.id, ()),
            running=uses.running.get(image.id, ()),
            vms=vms[0],
            registered=vms[1],
            free=None if free is None else free.get(image.os, ()),
            version=image.version,
        )

    async def detail(self, row: ImageRow) -> Detail:
        sections = [Section("VM image", _facts(row))]
        if warnings := tuple(each for each in (_never_registered(row), row.fault) if each):
            sections.append(Section("! Warning", lines=warnings))
        for title, names in (
            ("Hardware setups", row.setups),
            ("Service VMs", row.service_vms),
            ("Running from it", row.running),
        ):
            if names:
                sections.append(Section(title, lines=(listed(names, 40),)))
        return Detail(row.name, tuple(sections))


async def read_uses(session: AsyncSession) -> Uses:
    """All that is made from any image, in the session's snapshot."""
    running = select(Vm.image_id, Vm.name).where(col(Vm.ended).is_(None))
    return Uses(
        grouped(await session.exec(select(HardwareSetup.image_id, HardwareSetup.name))),
        grouped(await session.exec(select(ServiceVm.image_id, ServiceVm.name))),
        grouped(await session.exec(running)),
    )


def grouped(pairs: Iterable[Any]) -> dict[str, tuple[str, ...]]:
    """Names by the ID of what they belong to, sorted."""
    found: dict[str, list[str]] = {}
    for object_id, name in pairs:
        found.setdefault(object_id, []).append(name)
    return {object_id: tuple(sorted(names)) for object_id, names in found.items()}


def _never_registered(row: ImageRow) -> str:
    if row.registered is not None:
        return ""
    tried = "none was ever started" if not row.vms else f"{row.vms} started"
    return (
        f"No VM of this image has ever registered ({tried}). One that does not is ended: is the VM "
        "installer in it?"
    )


def _facts(row: ImageRow) -> tuple[tuple[str, str], ...]:
    return (
        ("ID", row.id),
        ("realm", row.realm),
        ("volume", row.volume),
        ("OS", f"{row.os} ({shown(row.os_said_by)})" if row.os_said_by else row.os),
        ("VMs so far", str(row.vms)),
        ("registered", moment(row.registered, "never")),
    )
