"""Somebody who writes to the database as he likes: what a holder then reads is refused.

Mallory is a super-admin with raw SQL and a key of his own; mara shared a drive with bora, unshared
it again, and has seen all of that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text

from tests.backend.conftest import Opener, add_user
from tests.backend.drives.people import Person, Story
from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.drives.identity import Identity
from ticrypt_tui.backend.drives.key_ring import KeyRing
from ticrypt_tui.backend.drives.manifest import SIGNED, read_manifest
from ticrypt_tui.backend.drives.pins import Pins
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.services.keys.drive_keys import open_drive
from ticrypt_tui.backend.store.tables.data import Drive, DriveEnvelope
from ticrypt_tui.backend.store.tables.infrastructure import StoragePool
from ticrypt_tui.backend.store.tables.people import UserKey

QUICK = 4


@dataclass
class Scene:
    """Mara's console, her drive, and one of bora's; and what Mallory can do to the database."""

    mara: Enclave
    story: Story
    other: Story
    mallory: Person

    async def sql(self, statement: str, **values: Any) -> None:
        async with self.mara.database.write() as session:
            await session.connection()
            await session.exec(text(statement).bindparams(**values))  # type: ignore[call-overload]

    async def put(self, number: int, **columns: bytes) -> None:
        """Write columns of one version of mara's drive."""
        said = ", ".join(f"{name} = :{name}" for name in columns)
        where = "WHERE drive_id = :drive AND number = :number"
        statement = f"UPDATE drive_envelope SET {said} {where}"
        await self.sql(statement, drive=self.story.drive_id, number=number, **columns)

    async def open(self) -> bytes:
        _, secret = await open_drive(self.mara, self.story.drive_id)
        return bytes(secret.passphrase)


async def keep(enclave: Enclave, story: Story, owner_id: str) -> None:
    """Have a drive and all of its versions in the store."""
    async with enclave.database.write() as session:
        pool = StoragePool(
            realm_id="lab", name=story.drive_id, tier="flash", type="dir", target="/srv"
        )
        session.add(pool)
        await session.flush()
        session.add(
            Drive(id=story.drive_id, realm_id="lab", name=story.drive_id, owner_id=owner_id,
                  pool_id=pool.id, volume="v", size_bytes=1, format="EXT4")
        )  # fmt: skip
        await session.flush()
        for number, each in enumerate(story.versions, start=1):
            session.add(
                DriveEnvelope(drive_id=story.drive_id, number=number, envelope=each.envelope,
                              manifest=each.manifest, signature=each.signature)
            )  # fmt: skip


async def person(enclave: Enclave, user_id: str, ring: KeyRing | None = None) -> Person:
    """A user with a registered key, unlocked if it is the console's own."""
    identity = Identity.new()
    if ring is not None:
        await ring.create("correct horse", QUICK)
        identity = ring.identity()
    keys = identity.public
    async with enclave.database.write() as session:
        session.add(
            UserKey(id=f"key-{user_id}", user_id=user_id, number=1, fingerprint=keys.fingerprint,
                    encryption_key=keys.encryption, signing_key=keys.signing)
        )  # fmt: skip
    return Person(user_id, identity)


@pytest.fixture
async def scene(enclave: Enclave, open_enclave: Opener) -> Scene:
    ids = [await add_user(enclave.database, name, Role.SUPER_ADMIN) for name in ("bora", "mallory")]
    mara = await person(enclave, enclave.caller.user_id, enclave.keys)
    bora, mallory = [await person(enclave, each) for each in ids]
    story, other = Story(mara), Story(bora)
    story.held_by(mara, bora, by=mara)
    story.held_by(mara, by=mara, rotated=True)
    await keep(enclave, story, mara.name)
    await keep(enclave, other, bora.name)
    scene = Scene(enclave, story, other, mallory)
    assert await scene.open() == bytes(story.secret.passphrase)
    return scene


Doing = Callable[[Scene], Any]


async def replay_old_stanzas(scene: Scene) -> None:
    await scene.put(3, envelope=scene.story.versions[1].envelope)


async def replay_an_old_version(scene: Scene) -> None:
    old = scene.story.versions[1]
    await scene.put(3, envelope=old.envelope, manifest=old.manifest, signature=old.signature)


async def roll_back(scene: Scene) -> None:
    await scene.sql("DELETE FROM drive_envelope WHERE number = 3")


async def copy_an_envelope(scene: Scene) -> None:
    await scene.put(3, envelope=scene.other.versions[0].envelope)


async def copy_a_whole_drive(scene: Scene) -> None:
    drive = scene.story.drive_id
    await scene.sql("DELETE FROM drive_envelope WHERE drive_id = :drive", drive=drive)
    await scene.sql("UPDATE drive_envelope SET drive_id = :drive", drive=drive)


async def forge_a_signature(scene: Scene) -> None:
    manifest = scene.story.versions[2].manifest
    await scene.put(3, signature=scene.mallory.identity.sign(SIGNED + manifest))


async def add_himself(scene: Scene) -> None:
    last = read_manifest(scene.story.versions[2].manifest)
    mine = scene.mallory.holder
    signed = last.written.replace(last.holders[0].fingerprint.encode(), mine.fingerprint.encode())
    signed = signed.replace(last.holders[0].user_id.encode(), b"mallory")
    await scene.put(3, manifest=signed, signature=scene.mallory.identity.sign(SIGNED + signed))


async def swap_the_signer_s_key(scene: Scene) -> None:
    mine = scene.mallory.public
    await scene.sql("DELETE FROM user_key WHERE id = 'key-' || :user", user=scene.mallory.name)
    await scene.sql(
        "UPDATE user_key SET encryption_key = :encryption, signing_key = :signing"
        " WHERE user_id = :user",
        encryption=mine.encryption, signing=mine.signing, user=scene.mara.caller.user_id,
    )  # fmt: skip
    await forge_a_signature(scene)


async def begin_another_history(scene: Scene) -> None:
    """Bora, who was a holder, helps him: she signs another third version."""
    story = scene.story
    bora = story.people[1]
    story.versions.pop()
    story.held_by(bora, scene.mallory, by=bora)
    new = story.versions[2]
    await scene.put(3, envelope=new.envelope, manifest=new.manifest, signature=new.signature)


async def delete_the_pins(scene: Scene) -> None:
    scene.mara.keys.pins.path.unlink()


@pytest.mark.parametrize(
    ("doing", "said"),
    [
        (replay_old_stanzas, "Version 3 .* an envelope that is not the one that was signed"),
        (replay_an_old_version, "Version 3 .* in the place of version 2"),
        (roll_back, "version 3 of its key was seen here, and the store has 2"),
        (copy_an_envelope, "Version 3 .* an envelope that is not the one that was signed"),
        (copy_a_whole_drive, "Version 1 .* is that of another drive"),
        (forge_a_signature, "Version 3 .* a signature that is not that of"),
        (add_himself, "Version 3 .* is that of another drive"),
        (swap_the_signer_s_key, "Version 1 .* a key that nobody has registered"),
        (begin_another_history, "has another version 3 of its key than was seen here"),
        (delete_the_pins, r"pins\.json is missing, and your key had one"),
    ],
)
async def test_it_is_refused_by_its_fault(scene: Scene, doing: Doing, said: str) -> None:
    await doing(scene)

    with pytest.raises(Refused, match=said):
        await scene.open()


async def test_a_pin_file_of_his_own_making_is_refused(scene: Scene) -> None:
    path = scene.mara.keys.pins.path
    Pins(path, scene.mallory.public.fingerprint).begin()

    with pytest.raises(Refused, match="is that of another key"):
        await scene.open()
