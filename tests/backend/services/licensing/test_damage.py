"""Entries that something other than the console wrote: they let nothing through, and are told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.backend.play import PlayHost
from tests.backend.services.license_play import SERVER, rows_of
from tests.backend.services.licensing.test_policies import on
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.policy.policy import Allowed
from ticrypt_tui.backend.store.tables.data import LicensingServer

GOOD = (Allowed("192.0.2.10", "tcp", ((27000, 27009),)),)
KEPT = '{"saved": [], "latest": ["nonsense"], "at": "", "fault": ""}'
DAMAGES: tuple[tuple[dict[str, str], str], ...] = (
    ({"ports": "27000-"}, "Expected ports"),
    ({"ports": "0"}, "Ports are 1 to 65535"),
    ({"address": "0.0.0.0/0"}, "every address there is"),
    ({"address": "192.0.2.11/24"}, "write one or the other"),
    ({"protocol": "icmp"}, "Protocols are tcp, udp, both"),
    ({"address": "flex.example.org", "resolved": KEPT}, "a re-sync resolves it again"),
)


async def written(enclave: Enclave, **damage: str) -> None:
    same: dict[str, Any] = {"name": "bad", "address": "192.0.2.11", "ports": "1", "protocol": "tcp"}
    async with enclave.change() as session:
        session.add(LicensingServer(created_by=enclave.caller.user_id, **(same | damage)))


@pytest.mark.parametrize(("damage", "why"), DAMAGES)
async def test_a_damaged_entry_alone_is_left_out_and_told(
    enclave: Enclave, host: PlayHost, damage: dict[str, str], why: str
) -> None:
    await written(enclave, **damage)
    await enclave.run("license.create", SERVER)
    assert on(host) == GOOD
    listing = await enclave.listing("licensing")
    assert any("do not reach them: bad." in each for each in listing.notices)
    bad = next(row for row in await rows_of(enclave) if row.name == "bad")
    assert bad.active == "damaged"
    assert bad.server.startswith("! ")
    assert why in str(await enclave.detail("licensing", bad.id))


async def test_a_damaged_entry_can_be_mended_or_deleted(enclave: Enclave, host: PlayHost) -> None:
    for number in (1, 2):
        await written(enclave, name=f"bad {number}", address=f"192.0.2.{number}", ports="http")
    await enclave.run("license.edit", {"license": "bad 1", "ports": "1717"})
    await enclave.run("license.delete", {"license": "bad 2"})
    assert on(host) == (Allowed("192.0.2.1", "tcp", ((1717, 1717),)),)
    assert (await enclave.listing("licensing")).notices == ()
