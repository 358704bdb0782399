"""Making, changing, copying and deleting VM images; the system of each is its volume's."""

from __future__ import annotations

from typing import Any

from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.checks import proper_name, refuse_namesake
from ticrypt_tui.backend.services.editing import VERSION, as_read
from ticrypt_tui.backend.services.images.images import ImageRow
from ticrypt_tui.backend.services.images.rules import (
    a_volume_is_free,
    none_free,
    not_under_a_vm,
    not_used,
    refuse_under_vms,
    refuse_used,
    stays_in_its_realm,
)
from ticrypt_tui.backend.services.images.volumes import (
    state_if_unknown,
    system_for,
    volume_name,
    volume_of,
)
from ticrypt_tui.backend.services.storage.volume_systems import read_statements, system_of
from ticrypt_tui.backend.store.tables.machines import VmImage
from ticrypt_tui.config.realm import RealmSettings
from ticrypt_tui.text import shown

_VOLUME = "the ID or the name of a free volume in the realm's pool of OS volumes"
_SYSTEM = "the volume's; needed only where neither a rule nor an admin has said it yet"
_SYSTEMS = ("linux", "windows")


@operation(
    "image.create",
    Argument("realm", "object", says="a realm's ID or name"),
    Argument("name"),
    Argument("volume", "object", says=_VOLUME),
    Argument("os", "choice", required=False, choices=_SYSTEMS, says=_SYSTEM),
    says="Make a VM image of a volume.",
    preconditions=(proper_name,),
)
async def create(call: Call, *, realm: str, name: str, volume: str, os: str = "") -> str:
    """Make an image of a volume; returns its ID. Its system must be the volume's (seed); what the
    caller says of a volume of which nobody else does is recorded, and binds from then on."""
    where = call.enclave.realm(realm)
    volume, os = await _settled(call, where, volume, os)
    return await _made(call, where, name, volume, os)


@operation(
    "image.edit",
    Argument("image", "object", says="a VM image's ID or name"),
    Argument("realm", "object", required=False, says="its own: an image never moves to another"),
    Argument("name", required=False),
    Argument("volume", "object", required=False, says=_VOLUME),
    Argument("os", "choice", required=False, choices=_SYSTEMS, says=_SYSTEM),
    VERSION,
    on="image",
    says="Change what a VM image is called, or its volume while no VM runs from it.",
    preconditions=(proper_name, stays_in_its_realm, not_under_a_vm),
)
async def edit(
    call: Call, image: ImageRow, *, version: int = 0, name: str = "", volume: str = "",
    os: str = "", realm: str = "",
) -> None:  # fmt: skip
    """Change the fields that are given. Raises `Changed` where somebody else was quicker, and
    `Refused` with the names of the VMs that run from it by now."""
    where = call.enclave.realm(image.realm_id)
    changes: dict[str, Any] = {"name": name} if name else {}
    if volume or os:
        settled = await _settled(call, where, volume or image.volume, os, image)
        changes["volume"], changes["os"] = settled
    async with call.change() as session:
        found = await as_read(session, VmImage, image.id, image.name, version or image.version)
        differs = {key: value for key, value in changes.items() if value != getattr(found, key)}
        unique = {key: differs[key] for key in ("name", "volume") if key in differs}
        await refuse_namesake(session, VmImage, "an image", where, **unique)
        if differs.keys() & {"volume", "os"}:
            await refuse_under_vms(session, found.id)
        if "os" in changes:
            await system_for(session, where, changes["volume"], changes["os"])
            await state_if_unknown(call, session, where, changes["volume"], changes["os"])
        found.sqlmodel_update(differs)
        session.add(found)


@operation(
    "image.clone",
    Argument("image", "object", says="a VM image's ID or name"),
    Argument("name"),
    Argument("volume", "object", says=f"{_VOLUME}, with the same system"),
    on="image",
    says="Make a VM image like another one, of another volume with the same system.",
    preconditions=(proper_name, a_volume_is_free),
)
async def clone(call: Call, image: ImageRow, *, name: str, volume: str) -> str:
    """Make an image of another volume with the same system; returns its ID. What is on the volume
    is not copied. Raises `Refused` where the volume holds another system, or nobody says which."""
    where = call.enclave.realm(image.realm_id)
    volume = volume_name(call.enclave, where, volume)
    if volume == image.volume:
        reason = none_free(image) if image.free == () else "It needs another volume: one each."
        raise Refused(reason, about="volume")
    async with call.enclave.database.read() as session:
        known = system_of(where, volume, await read_statements(session))
    if known is None:
        said = f"Nobody says what {shown(volume)} holds: state its OS in the tab of volumes first."
        raise Refused(said, about="volume")
    if known.os != image.os:
        said = f"{shown(volume)} holds {known.os}, says {shown(known.said_by)}; not {image.os}."
        raise Refused(said, about="volume")
    await volume_of(call, where, volume)
    return await _made(call, where, name, volume, image.os)


@operation(
    "image.delete",
    Argument("image", "object", says="a VM image's ID or name"),
    on="image",
    says="Delete a VM image that nothing is made from; its volume is left as it is.",
    preconditions=(not_used,),
)
async def remove(call: Call, image: ImageRow) -> str:
    """Delete an image. Raises `Refused` with the names of what is made from it by now."""
    async with call.change() as session:
        found = await as_read(session, VmImage, image.id, image.name, image.version)
        await refuse_used(session, found.id)
        await session.delete(found)
    return f"{image.name} is deleted"


async def _settled(
    call: Call, realm: RealmSettings, volume: str, os: str, image: ImageRow | None = None
) -> tuple[str, str]:
    """The name and the system of a volume that an image may have; raises `Refused`."""
    volume = volume_name(call.enclave, realm, volume)
    async with call.enclave.database.read() as session:
        os = await system_for(session, realm, volume, os)
    if image is None or volume != image.volume:
        await volume_of(call, realm, volume)
    return volume, os


async def _made(call: Call, realm: RealmSettings, name: str, volume: str, os: str) -> str:
    async with call.change() as session:
        await refuse_namesake(session, VmImage, "an image", realm, name=name, volume=volume)
        os = await system_for(session, realm, volume, os)
        await state_if_unknown(call, session, realm, volume, os)
        image = VmImage(realm_id=realm.id, name=name, volume=volume, os=os)
        session.add(image)
        call.made(image.id)
    return image.id
