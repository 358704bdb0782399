"""The envelope of a drive: an age v1 file that opens to its passphrase for each holder's key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from ticrypt_tui.backend.drives.identity import Identity, PublicKeys
from ticrypt_tui.backend.errors import Refused


class EnvelopeRefused(Refused):
    """An envelope that does not open for this key, or is not that of the drive."""


@dataclass(frozen=True, slots=True)
class DriveSecret:
    """What opens a drive: its LUKS passphrase, base64 of 32 random bytes."""

    drive_id: str
    key_version: int
    passphrase: bytearray = field(repr=False, compare=False)

    @classmethod
    def new(cls, drive_id: str, key_version: int = 1) -> Self:
        """A new passphrase, from the operating system's random numbers."""
        raise NotImplementedError

    def forget(self) -> None:
        """Zero the passphrase."""
        raise NotImplementedError


def seal(secret: DriveSecret, holders: Sequence[PublicKeys]) -> bytes:
    """The envelope that opens for these holders and for nobody else."""
    raise NotImplementedError


def open_envelope(
    envelope: bytes, identity: Identity, *, drive_id: str, key_version: int
) -> DriveSecret:
    """Open an envelope and compare what it is for; raises `EnvelopeRefused`.

    `drive_id` and `key_version` are those of the checked manifest.
    """
    raise NotImplementedError
