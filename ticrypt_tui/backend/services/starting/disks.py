"""The disk of an ordinary VM: an overlay on its image's volume, made for it, deleted after it."""

from __future__ import annotations

from collections.abc import Iterable

from ticrypt_tui.backend.drivers.base import Host
from ticrypt_tui.backend.drivers.stored import VolumeSeen
from ticrypt_tui.backend.errors import NotFound
from ticrypt_tui.config.realm import RealmSettings
from ticrypt_tui.text import shown


def overlay_name(vm_id: str) -> str:
    """The name of a VM's overlay among the volumes of its realm's pool."""
    return f"{vm_id}.qcow2"


def named(volumes: Iterable[VolumeSeen], name: str) -> VolumeSeen | None:
    """The volume of that name."""
    return next((volume for volume in volumes if volume.name == name), None)


async def find_volume(host: Host, realm: RealmSettings, volume: str) -> VolumeSeen:
    """A volume of the realm's pool as that host shows it now; raises `NotFound`."""
    found = named(await host.volumes(realm.volumes_pool), volume)
    if found is None:
        raise NotFound(
            f"Pool {shown(realm.volumes_pool)} on {shown(host.address.name)} has no volume "
            f"{shown(volume)}."
        )
    return found


async def make_overlay(host: Host, realm: RealmSettings, vm_id: str, volume: str) -> str:
    """Make a VM's overlay on a volume of the realm's pool; returns its path on the host."""
    backing = await find_volume(host, realm, volume)
    return await host.create_overlay(realm.volumes_pool, overlay_name(vm_id), backing.path)


async def delete_overlay(host: Host, realm: RealmSettings, vm_id: str) -> None:
    """Delete a VM's overlay; one that is gone already is no fault."""
    if found := named(await host.volumes(realm.volumes_pool), overlay_name(vm_id)):
        await host.delete_volume(found.path)
