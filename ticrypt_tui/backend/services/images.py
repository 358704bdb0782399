"""VM images: a volume, named and typed; at most one per volume (domain.md 2.6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import col, select

from ticrypt_tui.backend.drivers.stored import VolumeSeen
from ticrypt_tui.backend.errors import NotFound, Refused
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.base import Detail, Section, Service
from ticrypt_tui.backend.services.checks import proper_name, refuse_namesake
from ticrypt_tui.backend.services.volume_systems import read_statements, system_of
from ticrypt_tui.backend.store.tables.infrastructure import Host
from ticrypt_tui.backend.store.tables.machines import VmImage
from ticrypt_tui.config.realm import RealmSettings
from ticrypt_tui.text import shown


@dataclass(frozen=True, slots=True)
class ImageRow:
    """A VM image."""

    id: str
    name: str
    realm: str
    realm_id: str
    volume: str
    os: str


class Images(Service[ImageRow]):
    """The tab of VM images."""

    tab = "images"
    kind = "image"
    noun = "VM image"

    async def rows(self) -> tuple[ImageRow, ...]:
        realms = self.enclave.realm_names
        async with self.enclave.database.read() as session:
            found = await session.exec(select(VmImage).order_by(col(VmImage.name)))
            return tuple(
                ImageRow(
                    each.id, each.name, realms.get(each.realm_id, each.realm_id), each.realm_id,
                    each.volume, each.os,
                )
                for each in found
            )  # fmt: skip

    async def detail(self, row: ImageRow) -> Detail:
        facts = (("ID", row.id), ("realm", row.realm), ("volume", row.volume), ("OS", row.os))
        return Detail(row.name, (Section("VM image", facts),))


@operation(
    "image.create",
    Argument("realm", "object", says="a realm's ID or name"),
    Argument("name"),
    Argument("volume", "object", says="the name of a volume in the realm's pool of OS volumes"),
    Argument("os", "choice", choices=("linux", "windows"), says="must be the volume's"),
    says="Make a VM image of a volume.",
    preconditions=(proper_name,),
)
async def create(call: Call, *, realm: str, name: str, volume: str, os: str) -> str:
    """Make an image of a volume; returns its ID. The OS must be the volume's (seed)."""
    where = call.enclave.realm(realm)
    async with call.enclave.database.read() as session:
        known = system_of(where, volume, await read_statements(session))
    if known and known.os != os:
        said = f"Volume {shown(volume)} holds {known.os}, says {shown(known.said_by)}; not {os}."
        raise Refused(said, about="os")
    await volume_of(call, where, volume)
    async with call.change() as session:
        await refuse_namesake(session, VmImage, "an image", where, name=name, volume=volume)
        image = VmImage(realm_id=where.id, name=name, volume=volume, os=os)
        session.add(image)
        call.made(image.id)
    return image.id


async def volume_of(call: Call, realm: RealmSettings, name: str) -> VolumeSeen:
    """A volume of the realm's pool of OS volumes, as any host that is up shows it.

    Raises `NotFound`, or `Refused` where no host can be asked.
    """
    async with call.enclave.database.read() as session:
        hosts = list(await session.exec(select(Host.id).where(Host.realm_id == realm.id)))
    up = [host_id for host_id in hosts if call.enclave.is_up(host_id)]
    if not up:
        raise Refused(f"No host of realm {shown(realm.name)} is up to ask for its volumes.")
    for host_id in up:
        volumes = await call.enclave.watch.host(host_id).volumes(realm.volumes_pool)
        if found := named(volumes, name):
            return found
    raise NotFound(f"Pool {shown(realm.volumes_pool)} has no volume {shown(name)}.")


def named(volumes: Iterable[VolumeSeen], name: str) -> VolumeSeen | None:
    """The volume of that name."""
    return next((volume for volume in volumes if volume.name == name), None)
