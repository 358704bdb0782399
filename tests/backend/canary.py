"""Looking for a secret in whatever was left behind, however it may be written there."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from pathlib import Path

from ticrypt_tui.backend.drives.identity import Identity


def of_identity(identity: Identity) -> list[bytes]:
    """What would be the private key: its seed, and the age text of that."""
    return [bytes(identity._seed), bytes(identity.written)]


def of_drive(passphrase: bytes) -> list[bytes]:
    """What would open a drive: its passphrase, and the bytes that this is the base64 of."""
    return [passphrase, base64.b64decode(passphrase)]


def written(secret: bytes) -> set[bytes]:
    """A secret as it may be written: as it is, in hexadecimal, in base64, in quotes."""
    found = {secret, secret.hex().encode(), secret.hex().upper().encode(), repr(secret).encode()}
    for encode in (base64.b64encode, base64.urlsafe_b64encode, base64.b32encode):
        found.add(encode(secret).rstrip(b"="))
    return found


def traces(secrets: Iterable[bytes], *places: Path) -> list[str]:
    """The files, also below folders, in which one of the secrets can be read."""
    wanted = {form for secret in secrets for form in written(secret)}
    files = [file for place in places for file in (place, *place.rglob("*")) if file.is_file()]
    contents = ((file, file.read_bytes()) for file in files)
    return [str(file) for file, content in contents if any(each in content for each in wanted)]
