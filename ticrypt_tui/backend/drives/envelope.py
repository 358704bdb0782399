"""The envelope of a drive: an age v1 file that opens to its passphrase for each holder's key.

What is sealed is four lines of text, so that any age that knows `mlkem768x25519` shows them in an
emergency: what it is, the drive's ID, the version of its key, its LUKS passphrase.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from ticrypt_tui.backend.drives import hybrid
from ticrypt_tui.backend.drives.age_file import open_file, seal_file
from ticrypt_tui.backend.drives.age_header import AgeFault, NoMatch, Stanza
from ticrypt_tui.backend.drives.identity import Identity, PublicKeys, short
from ticrypt_tui.backend.drives.zeroing import zero
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.text import shown

_TITLE = b"ticrypt-tui drive key v1"
_PASSPHRASE_BYTES = 32
LARGEST = 4 * 2**20
"""Bytes of an envelope at most: some 2,500 holders."""


class EnvelopeRefused(Refused):
    """An envelope that does not open for this key, or is not that of the drive."""


@dataclass(frozen=True, slots=True)
class DriveSecret:
    """What opens a drive: its LUKS passphrase, base64 of 32 random bytes."""

    drive_id: str
    key_version: int
    passphrase: bytearray = field(repr=False)

    @classmethod
    def new(cls, drive_id: str, key_version: int = 1) -> Self:
        """A new passphrase, from the operating system's random numbers."""
        passphrase = base64.b64encode(os.urandom(_PASSPHRASE_BYTES))
        return cls(drive_id, key_version, bytearray(passphrase))

    def forget(self) -> None:
        """Zero the passphrase."""
        zero(self.passphrase)


def seal(secret: DriveSecret, holders: Sequence[PublicKeys]) -> bytes:
    """The envelope that opens for these holders and for nobody else.

    Raises `ValueError` for nobody, and `EnvelopeRefused` for a public key that is none.
    """
    if not holders:
        raise ValueError("an envelope is for somebody")
    about = b"%b\n%b\n%d\n" % (_TITLE, secret.drive_id.encode("ascii"), secret.key_version)
    plain = bytearray(about) + secret.passphrase + b"\n"
    try:
        return seal_file(plain, lambda key: [_wrapped(each, key) for each in holders])
    finally:
        zero(plain)


def _wrapped(holder: PublicKeys, file_key: bytearray) -> Stanza:
    try:
        return hybrid.wrap(holder.encryption, file_key)
    except ValueError as error:
        whose = short(holder.fingerprint)
        raise EnvelopeRefused(f"Nothing can be wrapped to the key {whose}: {error}.") from None


def open_envelope(
    envelope: bytes, identity: Identity, *, drive_id: str, key_version: int
) -> DriveSecret:
    """Open an envelope and compare what it is for; raises `EnvelopeRefused`.

    `drive_id` and `key_version` are those of the checked manifest.
    """
    plain = _opened(envelope, identity, drive_id)
    try:
        secret = _said(plain, drive_id)
    finally:
        zero(plain)
    if (secret.drive_id, secret.key_version) == (drive_id, key_version):
        return secret
    secret.forget()
    if secret.drive_id != drive_id:
        raise _refused(drive_id, f"is that of another drive, {shown(secret.drive_id)}")
    raise _refused(drive_id, f"holds key version {secret.key_version}, not {key_version}")


def count_keys(envelope: bytes) -> int:
    """To how many keys an envelope is wrapped, if it is one at all."""
    header, _, _ = envelope.partition(b"\n--- ")
    return header.count(b"\n-> ")


def _hybrid_only(stanzas: Sequence[Stanza]) -> Sequence[Stanza]:
    if any(each.kind != hybrid.KIND for each in stanzas):
        raise AgeFault("it is wrapped in another way, too")
    return stanzas


def _opened(envelope: bytes, identity: Identity, drive_id: str) -> bytearray:
    try:
        if len(envelope) > LARGEST:
            raise AgeFault("it is too large")
        return open_file(envelope, lambda stanzas: identity.unwrap(_hybrid_only(stanzas)))
    except NoMatch:
        raise _refused(drive_id, "is not wrapped to your key") from None
    except AgeFault as error:
        raise _refused(drive_id, f"is damaged: {error}") from None


def _said(plain: bytearray, drive_id: str) -> DriveSecret:
    lines = plain.split(b"\n")
    if len(lines) != 5 or lines[0] != _TITLE or lines[4] or not lines[2].isdigit():
        raise _refused(drive_id, "holds something else than a drive's key")
    return DriveSecret(lines[1].decode("ascii", "replace"), int(lines[2][:10]), lines[3])


def _refused(drive_id: str, why: str) -> EnvelopeRefused:
    return EnvelopeRefused(f"The envelope of drive {shown(drive_id)} {why}.")
