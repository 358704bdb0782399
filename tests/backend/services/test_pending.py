"""What a host has still to tell of its VMs is waited for, never guessed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.backend.play import PlayHost, domain
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import TicryptError

STRANGER = domain("somebody's")


async def known(enclave: Enclave, host: PlayHost, *, described: bool) -> None:
    """Wait until the host's VM is seen, and known in full or not."""

    async def holds() -> bool:
        seen = enclave.sightings()[host.address.host_id]
        return bool(seen.domains) and seen.described is described

    assert await enclave.until(holds, 60)


async def test_nothing_is_placed_on_a_host_before_the_devices_of_its_vms_are_known(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    host.show(replace(STRANGER, pending=True))
    await known(enclave, host, described=False)
    with pytest.raises(TicryptError, match="node01: is still being read"):
        await enclave.run("config.start", {"config": config})

    host.show(STRANGER)
    await known(enclave, host, described=True)
    assert str(await enclave.run("config.start", {"config": config})).startswith("vm-")


async def test_what_is_pending_is_read_again_without_waiting_for_the_poll(
    enclave: Enclave, host: PlayHost
) -> None:
    host.show(replace(STRANGER, pending=True))
    await known(enclave, host, described=False)
    host.running[STRANGER.uuid] = STRANGER  # no event tells
    await known(enclave, host, described=True)
