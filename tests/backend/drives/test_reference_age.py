"""age's TypeScript implementation opens what is written here, and the other way round."""

from __future__ import annotations

import base64
from pathlib import Path

from tests.backend.drives import node
from ticrypt_tui.backend.drives import hybrid, key_file
from ticrypt_tui.backend.drives.age_file import open_file
from ticrypt_tui.backend.drives.envelope import DriveSecret, open_envelope, seal
from ticrypt_tui.backend.drives.identity import Identity, read_identity

pytestmark = node.needs_node

OPEN = """
import { Decrypter } from 'age-encryption';
const opener = new Decrypter();
for (const identity of given.identities || []) opener.addIdentity(identity);
if (given.passphrase) opener.addPassphrase(given.passphrase);
const plain = await opener.decrypt(Buffer.from(given.file, 'base64'), 'text');
console.log(JSON.stringify(plain));
"""
SEAL = """
import { Encrypter } from 'age-encryption';
const sealer = new Encrypter();
for (const recipient of given.recipients || []) sealer.addRecipient(recipient);
if (given.passphrase) { sealer.setPassphrase(given.passphrase); sealer.setScryptWorkFactor(10); }
const file = await sealer.encrypt(given.plain);
console.log(JSON.stringify(Buffer.from(file).toString('base64')));
"""
NEW_IDENTITY = """
import { generateHybridIdentity, identityToRecipient } from 'age-encryption';
const identity = await generateHybridIdentity();
console.log(JSON.stringify([identity, await identityToRecipient(identity)]));
"""


def test_the_reference_opens_our_envelope_with_the_key_of_any_holder() -> None:
    holders = [Identity.new() for _ in range(3)]
    secret = DriveSecret.new("drv-1", 7)
    envelope = seal(secret, [each.public for each in holders])

    for holder in holders:
        plain = node.run(
            OPEN, identities=[holder.written.decode()], file=base64.b64encode(envelope).decode()
        )

        assert plain == f"ticrypt-tui drive key v1\ndrv-1\n7\n{secret.passphrase.decode()}\n"


def test_we_open_an_envelope_that_the_reference_wrote() -> None:
    holders = [Identity.new() for _ in range(2)]
    plain = "ticrypt-tui drive key v1\ndrv-1\n2\nsecret\n"

    sealed = node.run(SEAL, recipients=[each.public.recipient for each in holders], plain=plain)

    for holder in holders:
        opened = open_envelope(base64.b64decode(sealed), holder, drive_id="drv-1", key_version=2)
        assert opened == DriveSecret("drv-1", 2, bytearray(b"secret"))


def test_the_reference_and_we_derive_the_same_public_key() -> None:
    written, recipient = node.run(NEW_IDENTITY)

    identity = read_identity(written.encode())

    assert identity.public.recipient == recipient
    assert identity.written.decode() == written
    assert len(identity.public.encryption) == hybrid.PUBLIC_BYTES


def test_the_reference_opens_our_key_file_with_its_passphrase(tmp_path: Path) -> None:
    identity = Identity.new()
    file = tmp_path / "keys" / "identity.age"
    key_file.write_new(file, identity, "correct horse", work_factor=10)

    plain = node.run(
        OPEN, passphrase="correct horse", file=base64.b64encode(file.read_bytes()).decode()
    )

    assert plain == identity.written.decode() + "\n"


def test_we_open_a_key_file_that_the_reference_wrote(tmp_path: Path) -> None:
    written, _ = node.run(NEW_IDENTITY)
    sealed = node.run(SEAL, passphrase="correct horse", plain=f"# mine\n{written}\n")
    file = tmp_path / "identity.age"
    file.write_bytes(base64.b64decode(sealed))
    file.chmod(0o600)

    assert key_file.read(file, "correct horse").written.decode() == written


def test_a_file_of_several_chunks_opens_here() -> None:
    holder, plain = Identity.new(), "0123456789abcdef" * 10_000

    sealed = node.run(SEAL, recipients=[holder.public.recipient], plain=plain)

    assert open_file(base64.b64decode(sealed), holder.unwrap) == plain.encode()
