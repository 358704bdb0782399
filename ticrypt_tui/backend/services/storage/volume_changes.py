"""Stating the operating system of a volume that no rule of its realm matches (domain.md 2.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel import select

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.storage.volume_systems import by_rule
from ticrypt_tui.backend.services.storage.volumes import VolumeRow
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.infrastructure import VolumeSystem
from ticrypt_tui.backend.store.tables.machines import VmImage
from ticrypt_tui.text import shown


def holds_a_system(caller: Caller, thing: VolumeRow, arguments: Mapping[str, Any]) -> str:
    """Only a volume of the pool of OS volumes has an operating system."""
    if thing.system_disk:
        return ""
    return "It holds no operating system: it is a VM's disk, or in a tier of drives."


def no_rule_says(caller: Caller, thing: VolumeRow, arguments: Mapping[str, Any]) -> str:
    """What a rule of the configuration file says is not overruled."""
    if not thing.os_said_by.startswith("rule "):
        return ""
    return f"The {shown(thing.os_said_by)} of its realm says {thing.os}: change it in the file."


@operation(
    "volume.state_os",
    Argument("volume", "object", says="a volume's ID, or its name where only one bears it"),
    Argument("os", "choice", choices=("linux", "windows")),
    on="volume",
    says="State the operating system of a volume that no volume_os rule matches.",
    preconditions=(holds_a_system, no_rule_says),
)
async def state_os(call: Call, volume: VolumeRow, *, os: str) -> str:
    """State a volume's OS; raises `Refused` where its image says another: they must match."""
    realm = call.enclave.realm(volume.realm_id)
    if rule := by_rule(realm, volume.name):
        raise Refused(f"The {shown(rule.said_by)} of its realm says {rule.os}.")
    async with call.change() as session:
        made = select(VmImage).where(
            VmImage.realm_id == realm.id, VmImage.volume == volume.name, VmImage.os != os
        )
        if image := (await session.exec(made)).first():
            raise Refused(f"Its image {shown(image.name)} says {image.os}, not {os}.", about="os")
        stated = VolumeSystem(
            realm_id=realm.id, volume=volume.name, os=os, stated_by=call.caller.user_id,
            stated=now(),
        )  # fmt: skip
        await session.merge(stated)
    return f"{volume.name} holds {os}, says {call.caller.login}"
