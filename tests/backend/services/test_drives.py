"""Drives: made with a key that only their maker has, told of, renamed, transferred, tagged."""

from __future__ import annotations

from tests.backend.services.drive_play import drive_of
from ticrypt_tui.backend.enclave import Enclave


async def test_a_new_drive_is_its_makers_and_detached(enclave: Enclave, genome: str) -> None:
    row = await drive_of(enclave)
    assert (row.id, row.owner, row.state, row.sole_holder) == (genome, "mara", "detached", "mara")
    assert (row.size_bytes, row.format, row.tier, row.project) == (
        2 * 2**30,
        "EXT4",
        "flash",
        "Unlocked",
    )
    assert row.mine
    assert not row.why_not_share
