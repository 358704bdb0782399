"""The volumes that images are made of: those that there are, those that are free, and what is on
each (domain.md 2.6)."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import TYPE_CHECKING

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.drivers.stored import VolumeSeen
from ticrypt_tui.backend.errors import NotFound, Refused
from ticrypt_tui.backend.operations import Call
from ticrypt_tui.backend.services.starting.disks import named
from ticrypt_tui.backend.services.storage.volume_systems import (
    Statements,
    read_statements,
    system_of,
)
from ticrypt_tui.backend.services.storage.volumes import is_overlay
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.infrastructure import Host, VolumeSystem
from ticrypt_tui.config.realm import RealmSettings
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave


def volume_id(realm: RealmSettings, name: str) -> str:
    """The ID of one of the realm's OS volumes, as the tab of volumes has it."""
    return f"{realm.id}/{realm.volumes_pool}/{name}"


def volume_name(enclave: Enclave, realm: RealmSettings, reference: str) -> str:
    """The name of the volume that an ID or a name means; raises `Refused` for the ID of another
    realm's volume, or of one that is no OS volume."""
    own = volume_id(realm, "")
    if reference.startswith(own):
        return reference.removeprefix(own)
    for other in enclave.realms.values():
        if reference.startswith(f"{other.id}/"):
            where = f"pool {shown(realm.volumes_pool)} of realm {shown(realm.name)}"
            said = f"Volume {shown(reference)} is not in {where}."
            raise Refused(said, "Realms never connect.", about="volume")
    return reference


async def volume_of(call: Call, realm: RealmSettings, name: str) -> VolumeSeen:
    """A volume of the realm's pool of OS volumes, as any host that is up shows it.

    Raises `NotFound`, or `Refused` where no host can be asked, or it is no OS volume.
    """
    async with call.enclave.database.read() as session:
        hosts = list(await session.exec(select(Host.id).where(Host.realm_id == realm.id)))
    up = [host_id for host_id in hosts if call.enclave.is_up(host_id)]
    if not up:
        raise Refused(f"No host of realm {shown(realm.name)} is up to ask for its volumes.")
    for host_id in up:
        volumes = await call.enclave.watch.host(host_id).volumes(realm.volumes_pool)
        if found := named(volumes, name):
            return _proper(found)
    said = f"Pool {shown(realm.volumes_pool)} has no volume {shown(name)}."
    raise NotFound(said, about="volume")


def _proper(volume: VolumeSeen) -> VolumeSeen:
    if is_overlay(volume):
        raise Refused(f"{shown(volume.name)} is a VM's disk, and goes with it.", about="volume")
    if volume.escaped:
        said = f"The name of {shown(volume.name)} is not UTF-8: rename the file first."
        raise Refused(said, about="volume")
    return volume


def free_volumes(
    enclave: Enclave, realm: RealmSettings, taken: Container[str], stated: Statements
) -> Mapping[str, tuple[str, ...]] | None:
    """The names of the realm's OS volumes that have no image, as the hosts last told, by what they
    hold; None where no host has told anything yet."""
    told = [each for each in enclave.discovery.readings.values() if each.host.realm_id == realm.id]
    if not told:
        return None
    names = {volume.name for reading in told for volume in reading.volumes if _may(volume, realm)}
    found: dict[str, list[str]] = {}
    for name in sorted(names):
        if name not in taken and (system := system_of(realm, name, stated)):
            found.setdefault(system.os, []).append(name)
    return {os: tuple(names) for os, names in found.items()}


def _may(volume: VolumeSeen, realm: RealmSettings) -> bool:
    """Whether an image could be made of a volume, were it free."""
    return volume.pool == realm.volumes_pool and not is_overlay(volume) and not volume.escaped


async def system_for(session: AsyncSession, realm: RealmSettings, volume: str, os: str) -> str:
    """The system that an image of the volume has: the volume's, or where nobody says, `os`.

    Raises `Refused` where `os` is another, or is needed and not given.
    """
    known = system_of(realm, volume, await read_statements(session))
    if known is None and not os:
        said = f"Neither a rule nor an admin says what {shown(volume)} holds."
        raise Refused(said, "State it here, once: from then on it binds.", about="os")
    if known and os and known.os != os:
        said = f"Volume {shown(volume)} holds {known.os}, says {shown(known.said_by)}; not {os}."
        raise Refused(said, about="os")
    return known.os if known else os


async def state_if_unknown(
    call: Call, session: AsyncSession, realm: RealmSettings, volume: str, os: str
) -> None:
    """Record that the caller states the system of a volume of which nobody else says it."""
    if system_of(realm, volume, await read_statements(session)):
        return
    call.detail["os_stated"] = os
    session.add(
        VolumeSystem(
            realm_id=realm.id, volume=volume, os=os, stated_by=call.caller.user_id, stated=now()
        )
    )
    await session.flush()
