"""What may be done with an image as it stands (domain.md 2.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.services.images.images import ImageRow, read_uses
from ticrypt_tui.backend.services.wording import listed, so_many
from ticrypt_tui.text import shown


def stays_in_its_realm(caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
    """An object never moves to another realm."""
    if arguments.get("realm", thing.realm_id) in (thing.realm_id, thing.realm):
        return ""
    return f"It stays in its realm, {shown(thing.realm)}: realms never connect."


def not_under_a_vm(caller: Caller, thing: ImageRow, arguments: Mapping[str, Any]) -> str:
    """An image keeps its volume and system while a VM runs from it."""
    if arguments.get("volume", thing.volume) in (thing.volume, thing.volume_id) and (
        arguments.get("os", thing.os) == thing.os
    ):
        return ""
    return under_vms(thing.running)


def not_used(caller: Caller, thing: ImageRow, arguments: Mapping[str, Any]) -> str:
    """An image goes only when nothing is made from it."""
    return used_by(thing.setups, thing.service_vms) or under_vms(thing.running)


def a_volume_is_free(caller: Caller, thing: ImageRow, arguments: Mapping[str, Any]) -> str:
    """A copy needs a volume of its own, with the same system: one image per volume."""
    return "" if thing.free is None or thing.free else none_free(thing)


def none_free(image: ImageRow) -> str:
    """That there is no volume for a copy of an image, and what would help."""
    return (
        f"Realm {shown(image.realm)} has no other volume with {image.os} that is free: a volume "
        "has one image. Put another volume into its pool, or delete an image."
    )


def used_by(setups: Sequence[str], service_vms: Sequence[str]) -> str:
    """Why an image that these are made from is not deleted, or ''."""
    said = [
        f"{so_many(len(names), f'{noun} uses', f'{noun}s use')} it: {listed(names)}."
        for noun, names in (("hardware setup", setups), ("service VM", service_vms))
        if names
    ]
    return " ".join(said)


def under_vms(names: Sequence[str]) -> str:
    """Why an image that these VMs run from keeps its volume, or ''."""
    if not names:
        return ""
    what = so_many(len(names), "VM runs", "VMs run")
    return f"{what} from it: {listed(names)}. Shut them down first."


async def refuse_used(session: AsyncSession, image_id: str) -> None:
    """The same as `not_used`, in the transaction that deletes it."""
    uses = await read_uses(session)
    by = used_by(uses.setups.get(image_id, ()), uses.service_vms.get(image_id, ()))
    if reason := by or under_vms(uses.running.get(image_id, ())):
        raise Refused(reason)


async def refuse_under_vms(session: AsyncSession, image_id: str) -> None:
    """The same as `not_under_a_vm`, in the transaction that changes it."""
    uses = await read_uses(session)
    if reason := under_vms(uses.running.get(image_id, ())):
        raise Refused(reason)
