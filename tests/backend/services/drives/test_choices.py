"""What forms about drives offer, also to who sees neither realms, pools nor people otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from tests.backend.conftest import Opener
from tests.backend.play import PlayHost
from tests.backend.services.belonging import populate
from tests.backend.services.drive_play import GENOME, console_with_key, give_flash
from ticrypt_tui.backend.enclave import Enclave


@pytest.fixture
async def bob(enclave: Enclave, flash: PlayHost, open_enclave: Opener) -> Enclave:
    """The console of a user with a key."""
    await populate(enclave)
    return await console_with_key(open_enclave, "bob")


async def offered(enclave: Enclave, tab: str) -> list[Any]:
    return list((await enclave.listing(tab)).rows)


async def test_a_user_can_choose_whoever_has_a_key_and_compare_it_whole(
    enclave: Enclave, bob: Enclave
) -> None:
    prints = {row.name: row.fingerprint for row in await offered(bob, "receivers")}
    assert prints == {
        "bob": bob.keys.public.fingerprint,
        "mara": enclave.keys.public.fingerprint,
    }


async def test_a_key_that_was_replaced_is_offered_no_more(enclave: Enclave, bob: Enclave) -> None:
    bob.keys.put_aside()
    new = await bob.keys.create("another battery staple", 4)
    await bob.run("user.register_key", {"public_key": new.written, "replace": True})
    prints = [row.fingerprint for row in await offered(enclave, "receivers") if row.name == "bob"]
    assert prints == [new.fingerprint]


async def test_a_user_can_choose_realms_and_tiers_but_not_the_pool_of_os_volumes(
    bob: Enclave,
) -> None:
    assert [row.id for row in await offered(bob, "realmchoices")] == ["lab"]
    (tier,) = await offered(bob, "tierchoices")
    assert (tier.id, tier.pool, tier.seen) == ("flash", "fast", True)


async def test_a_realm_without_a_pool_for_drives_is_not_offered(
    enclave: Enclave, host: PlayHost
) -> None:
    host.give_pool()
    assert await offered(enclave, "realmchoices") == []
    await give_flash(enclave)
    assert [row.id for row in await offered(enclave, "realmchoices")] == ["lab"]


async def test_a_drive_is_offered_in_both_modes_to_whom_it_is_within_reach(
    enclave: Enclave, bob: Enclave
) -> None:
    await enclave.run("drive.create", GENOME)
    names = [(row.name, row.mine, row.holders) for row in await offered(enclave, "drivechoices")]
    assert names == [("genome:rw", True, ("mara",)), ("genome:ro", True, ("mara",))]
    assert await offered(bob, "drivechoices") == []
