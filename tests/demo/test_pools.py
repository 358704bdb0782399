from __future__ import annotations

from pathlib import Path

import pytest

from ticrypt_tui.demo import pools
from ticrypt_tui.demo.places import TIERS, VOLUMES, Places
from ticrypt_tui.demo.virsh import Libvirt


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "demo")


def targets(libvirt: Libvirt, places: Places) -> list[Path]:
    return [places.pool_target(name, libvirt.system) for name in (VOLUMES, *TIERS)]


async def test_pools_that_left_libvirt_keep_their_folders_and_come_back(
    libvirtd: Libvirt, places: Places
) -> None:
    await pools.ensure(libvirtd, places)
    names = await pools.remove(libvirtd, places, volumes=False)
    assert len(names) == 3
    assert not {*names} & {*await libvirtd.names("pool-list")}

    await pools.ensure(libvirtd, places)

    assert {*names} <= {*await libvirtd.names("pool-list")}
    assert await pools.remove(libvirtd, places, volumes=True) == names


async def test_removed_with_their_volumes_they_leave_no_folder_even_when_stopped_before(
    libvirtd: Libvirt, places: Places
) -> None:
    await pools.ensure(libvirtd, places)
    await pools.remove(libvirtd, places, volumes=False)

    await pools.remove(libvirtd, places, volumes=True)

    assert not [target for target in targets(libvirtd, places) if target.exists()]
