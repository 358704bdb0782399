"""What libvirt itself says of storage pools and volumes, as the XML that it gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ticrypt_tui.backend.drivers.base import Host
from ticrypt_tui.backend.errors import HostUnreachable
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.storage.pools import PoolRow
from ticrypt_tui.backend.services.storage.volumes import VolumeRow
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave


@operation(
    "pool.view_xml",
    Argument("pool", "object", says="a storage pool's ID or name"),
    on="pool",
    says="Show a storage pool as libvirt's XML.",
    changes=False,
)
async def view_pool(call: Call, pool: PoolRow) -> str:
    """The XML of the first host that has it and answers; raises `HostUnreachable` without one."""
    return await _answering(call.enclave, pool.name, pool.host_ids).pool_document(pool.name)


@operation(
    "volume.view_xml",
    Argument("volume", "object", says="a volume's ID, or its name where only one bears it"),
    on="volume",
    says="Show a volume as libvirt's XML.",
    changes=False,
)
async def view_volume(call: Call, volume: VolumeRow) -> str:
    """The XML of the first host that sees it and answers; raises `HostUnreachable` without one."""
    host = _answering(call.enclave, volume.name, volume.host_ids)
    return await host.volume_document(volume.pool, volume.name)


def _answering(enclave: Enclave, name: str, host_ids: Sequence[str]) -> Host:
    up = next((each for each in host_ids if enclave.is_up(each)), None)
    if up is None:
        raise HostUnreachable(f"No host that has {shown(name)} answers.")
    return enclave.watch.host(up)
