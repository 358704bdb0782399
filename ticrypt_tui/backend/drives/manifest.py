"""The signed manifests of a drive: who holds its key, each version bound to the one before.

The drive's ID is derived from the founding part, so the creator's first manifest is the only first
one that there can be; each later one is signed by a holder of the one before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Self

from ticrypt_tui.backend.drives.identity import Identity, PublicKeys
from ticrypt_tui.backend.errors import Refused

Mode = Literal["rw", "ro"]


class ManifestRefused(Refused):
    """A chain of manifests that is not what the holders of the drive have signed."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A person to whom the drive's key is wrapped."""

    user_id: str
    fingerprint: str
    mode: Mode = "rw"


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed a manifest."""

    user_id: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Founding:
    """What a drive's ID is derived from: its creator, and a number used once (hex)."""

    creator: str
    fingerprint: str
    nonce: str

    @classmethod
    def new(cls, creator: str, keys: PublicKeys) -> Self:
        """The founding of a new drive by the user of that ID."""
        raise NotImplementedError

    @property
    def drive_id(self) -> str:
        """`drv-` and 32 hexadecimal digits."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Manifest:
    """One version of who holds a drive; hashes are SHA-256 in hex, `previous` of the first is ''."""

    founding: Founding
    number: int
    key_version: int
    envelope_hash: str
    previous: str
    holders: tuple[Holder, ...]
    signer: Signer

    @property
    def drive_id(self) -> str:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Signed:
    """A manifest as the store keeps it, with its Ed25519 signature."""

    manifest: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a drive's key as the store keeps it (`DriveEnvelope`)."""

    envelope: bytes
    manifest: bytes
    signature: bytes


def found(
    founding: Founding, envelope: bytes, holders: Sequence[Holder], identity: Identity
) -> Signed:
    """The first manifest of a drive, number 1 of key version 1, by its creator, a holder."""
    raise NotImplementedError


def next_version(
    last: Manifest,
    envelope: bytes,
    holders: Sequence[Holder],
    identity: Identity,
    *,
    key_version: int,
) -> Signed:
    """The manifest after `last` (checked), signed by whichever of its holders `identity` is.

    `key_version` is one more where the drive's passphrase is a new one. Raises `ManifestRefused`
    where `identity` holds no key of `last`.
    """
    raise NotImplementedError


def check_chain(
    drive_id: str, versions: Sequence[Version], keys: Mapping[str, PublicKeys]
) -> Manifest:
    """Check all versions of a drive, oldest first; gives the newest manifest.

    `keys` are everyone's by fingerprint, replaced ones too. Raises `ManifestRefused` that names
    what is wrong.
    """
    raise NotImplementedError


def hashes(versions: Sequence[Version]) -> tuple[str, ...]:
    """The hashes of the manifests, oldest first: what `Pins.seen` compares."""
    raise NotImplementedError
