"""Registering public keys: one's own alone, a second loudly; and how they compare with the pins."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlmodel import select

from tests.backend.conftest import Opener, add_user
from ticrypt_tui.backend.audit.records import AuditRecord
from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.drives.identity import Identity, PublicKeys
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import NotFound, Refused, WrongUse
from ticrypt_tui.backend.services.keys.own_keys import (
    Standing,
    begin_pins_anew,
    compared,
    own_standing,
    verify_key,
)
from ticrypt_tui.backend.store.tables.data import Drive, DriveHolder, DriveMode
from ticrypt_tui.backend.store.tables.infrastructure import StoragePool
from ticrypt_tui.backend.store.tables.people import UserKey

PASSPHRASE = "correct horse"
QUICK = 4


async def register(enclave: Enclave, keys: PublicKeys, **more: Any) -> str:
    return str(await enclave.run("user.register_key", {"public_key": keys.written, **more}))


async def registered_key(enclave: Enclave) -> PublicKeys:
    """A key of the caller's, made and registered."""
    keys = await enclave.keys.create(PASSPHRASE, QUICK)
    await register(enclave, keys)
    return keys


async def rows(enclave: Enclave) -> list[UserKey]:
    async with enclave.database.read() as session:
        return list(await session.exec(select(UserKey).order_by("number")))


async def last_record(enclave: Enclave) -> AuditRecord:
    return (await enclave.records(last=1))[-1]


async def test_a_user_registers_his_own_key(enclave: Enclave) -> None:
    keys = await registered_key(enclave)

    (row,) = await rows(enclave)
    assert (row.user_id, row.number, row.replaced) == (enclave.caller.user_id, 1, None)
    assert PublicKeys(row.encryption_key, row.signing_key) == keys


async def test_a_registered_key_is_an_audit_event_with_its_fingerprint(enclave: Enclave) -> None:
    keys = await registered_key(enclave)

    record = await last_record(enclave)
    assert (record.operation, record.outcome) == ("user.register_key", "done")
    assert keys.fingerprint in record.line


async def test_nobody_registers_a_key_for_another_not_even_a_super_admin(enclave: Enclave) -> None:
    await add_user(enclave.database, "bob", Role.USER)

    with pytest.raises(WrongUse, match="takes no argument user"):
        await register(enclave, Identity.new().public, user="bob")


async def test_another_s_key_is_refused(open_enclave: Opener, enclave: Enclave) -> None:
    await add_user(enclave.database, "bob", Role.USER)
    keys = await registered_key(enclave)
    mixed = PublicKeys(keys.encryption, Identity.new().public.signing)
    bob = await open_enclave("bob")

    for taken in (keys, mixed):
        with pytest.raises(Refused, match="registered for mara"):
            await register(bob, taken)


async def test_the_same_key_is_registered_once(enclave: Enclave) -> None:
    keys = await registered_key(enclave)

    with pytest.raises(Refused, match="registered for you already"):
        await register(enclave, keys, replace=True)


@pytest.mark.parametrize("text", ["nonsense", "A" * 1664, "\x1b[2J", "/" * 1664], ids=range(4))
async def test_what_is_no_key_is_refused(enclave: Enclave, text: str) -> None:
    with pytest.raises(Refused, match="no public key of ours"):
        await enclave.run("user.register_key", {"public_key": text})


async def test_a_second_key_is_refused_unless_it_is_said_and_then_told(enclave: Enclave) -> None:
    before = await registered_key(enclave)
    new = Identity.new().public

    with pytest.raises(Refused, match=f"{before.fingerprint} was registered for you before"):
        await register(enclave, new)
    told = await register(enclave, new, replace=True)

    first, second = await rows(enclave)
    assert first.replaced is not None
    assert (second.number, second.replaced) == (2, None)
    assert before.fingerprint in told
    assert before.fingerprint in (await last_record(enclave)).line


async def test_it_says_which_drives_only_the_key_before_opens(enclave: Enclave) -> None:
    before = await registered_key(enclave)
    me = enclave.caller.user_id
    async with enclave.database.write() as session:
        pool = StoragePool(realm_id="lab", name="fast", tier="flash", type="dir", target="/srv")
        session.add(pool)
        await session.flush()
        session.add(
            Drive(
                id="drv-1", realm_id="lab", name="genome", owner_id=me, pool_id=pool.id,
                volume="v", size_bytes=1, format="EXT4",
            )
        )  # fmt: skip
        await session.flush()
        session.add(
            DriveHolder(
                drive_id="drv-1", user_id=me, fingerprint=before.fingerprint,
                mode=DriveMode.READ_WRITE,
            )
        )  # fmt: skip

    with pytest.raises(Refused, match="It alone opens what you hold of genome: keep its file"):
        await register(enclave, Identity.new().public)


async def test_of_two_at_the_same_moment_one_is_registered(
    open_enclave: Opener, enclave: Enclave
) -> None:
    consoles = (enclave, await open_enclave())

    ended = await asyncio.gather(
        *(register(each, Identity.new().public) for each in consoles), return_exceptions=True
    )

    assert sorted(isinstance(each, Refused) for each in ended) == [False, True]
    assert len(await rows(enclave)) == 1


async def test_a_read_only_console_registers_nothing(
    open_enclave: Opener, enclave: Enclave
) -> None:
    session = enclave.settings.session.model_copy(update={"read_only": True})
    console = await open_enclave(session=session)

    with pytest.raises(Refused, match="read-only"):
        await register(console, Identity.new().public)


async def test_a_key_file_stands_beside_what_is_registered(enclave: Enclave) -> None:
    assert (await own_standing(enclave)).state is Standing.NONE
    keys = await enclave.keys.create(PASSPHRASE, QUICK)
    assert (await own_standing(enclave)).state is Standing.UNREGISTERED
    await register(enclave, keys)
    assert (await own_standing(enclave)).state is Standing.REGISTERED

    await register(enclave, Identity.new().public, replace=True)

    assert (await own_standing(enclave)).state is Standing.ANOTHER


async def test_a_swapped_key_shows_though_the_store_keeps_the_old_fingerprint(
    open_enclave: Opener, enclave: Enclave
) -> None:
    await add_user(enclave.database, "bob", Role.USER)
    await registered_key(enclave)
    bobs = await registered_key(bob := await open_enclave("bob"))
    enclave.keys.pins.know(bob.caller.user_id, "bob", bobs)
    async with enclave.database.write() as session:
        row = (await session.exec(select(UserKey).where(UserKey.user_id != "", UserKey.number == 1,
               UserKey.fingerprint == bobs.fingerprint))).one()  # fmt: skip
        row.encryption_key = Identity.new().public.encryption
        session.add(row)

    people, fault = await compared(enclave)

    seen = {each.login: each for each in people}
    assert fault is None
    assert seen["bob"].trust == "changed"
    assert seen["bob"].fingerprint != bobs.fingerprint


async def test_a_compared_fingerprint_is_pinned(open_enclave: Opener, enclave: Enclave) -> None:
    await add_user(enclave.database, "bob", Role.USER)
    await registered_key(enclave)
    bob = await registered_key(await open_enclave("bob"))

    with pytest.raises(Refused, match=f"the store has {bob.fingerprint}"):
        await verify_key(enclave, "bob", Identity.new().public.fingerprint)
    assert (await last_record(enclave)).outcome == "refused"
    await verify_key(enclave, "bob", bob.fingerprint.lower().replace("-", " "))

    trust = {each.login: each.trust for each in (await compared(enclave))[0]}
    assert trust == {"bob": "verified", "mara": "new"}
    record = await last_record(enclave)
    assert (record.operation, record.outcome, record.target_name) == (
        "user.verify_key", "done", "bob",
    )  # fmt: skip
    assert record.detail["fingerprint"] == bob.fingerprint


async def test_somebody_without_a_key_cannot_be_compared(enclave: Enclave) -> None:
    await registered_key(enclave)

    with pytest.raises(NotFound, match="bob has no registered key"):
        await verify_key(enclave, "bob", "X")


async def test_a_lost_pin_file_is_told_and_begun_anew_only_by_a_person(enclave: Enclave) -> None:
    await registered_key(enclave)
    with pytest.raises(Refused, match="there and good"):
        await begin_pins_anew(enclave)
    enclave.keys.pins.path.unlink()

    _, fault = await compared(enclave)
    told = await begin_pins_anew(enclave)

    assert "is missing, and your key had one" in str(fault)
    assert "compare everyone's fingerprint" in told
    assert (await compared(enclave))[1] is None
    assert (await last_record(enclave)).operation == "user.begin_pins"
