"""The signed manifests of a drive: who holds its key, each version bound to the one before.

The drive's ID is derived from the founding part, so the creator's first manifest is the only first
one that there can be; each later one is signed by a holder of the one before. A manifest is
canonical JSON: keys sorted, no spaces, ASCII.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

from pydantic import TypeAdapter, ValidationError

from ticrypt_tui.backend.drives.identity import Identity, PublicKeys
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.text import shown

Mode = Literal["rw", "ro"]
SIGNED = b"ticrypt-tui drive manifest v1\n"
"""What precedes a manifest where it is signed: a signature is good for nothing else."""
_FOUNDED = b"ticrypt-tui drive founding v1\n"
_NONCE = 16
_ID_DIGITS = 32


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
        return cls(creator, keys.fingerprint, os.urandom(_NONCE).hex())

    @property
    def drive_id(self) -> str:
        """`drv-` and 32 hexadecimal digits."""
        return f"drv-{hashlib.sha256(_FOUNDED + _canonical(self)).hexdigest()[:_ID_DIGITS]}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """One version of who holds a drive; hashes are SHA-256 in hex, the first has no `previous`."""

    founding: Founding
    number: int
    key_version: int
    envelope_hash: str
    previous: str
    holders: tuple[Holder, ...]
    signer: Signer

    @property
    def drive_id(self) -> str:
        return self.founding.drive_id

    @property
    def written(self) -> bytes:
        """As it is signed and stored."""
        return _canonical(self)

    @property
    def hash(self) -> str:
        return _hash(self.written)


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
    signer = Signer(founding.creator, founding.fingerprint)
    first = Manifest(founding, 1, 1, _hash(envelope), "", tuple(holders), signer)
    return _signed(first, identity)


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
    mine = identity.public.fingerprint
    signer = next((each for each in last.holders if each.fingerprint == mine), None)
    if signer is None:
        raise ManifestRefused(f"You hold no key to drive {last.drive_id}.")
    following = Manifest(
        founding=last.founding,
        number=last.number + 1,
        key_version=key_version,
        envelope_hash=_hash(envelope),
        previous=last.hash,
        holders=tuple(holders),
        signer=Signer(signer.user_id, mine),
    )
    return _signed(following, identity)


def hashes(versions: Sequence[Version]) -> tuple[str, ...]:
    """The hashes of the manifests, oldest first: what `Pins.seen` compares."""
    return tuple(_hash(each.manifest) for each in versions)


def read_manifest(data: bytes) -> Manifest:
    """A manifest as it was written; raises `ValueError` for what is not canonical."""
    try:
        manifest = _MANIFEST.validate_json(data, strict=True)
    except ValidationError as error:
        raise ValueError(f"{error.error_count()} faults") from None
    if manifest.written != data:
        raise ValueError("it is not canonical")
    return manifest


def envelope_hash(envelope: bytes) -> str:
    """The hash by which a manifest knows its envelope."""
    return _hash(envelope)


def _signed(manifest: Manifest, identity: Identity) -> Signed:
    written = manifest.written
    if manifest.signer.fingerprint != identity.public.fingerprint:
        raise ManifestRefused(
            f"Drive {shown(manifest.drive_id)} is signed for with another key than yours."
        )
    return Signed(written, identity.sign(SIGNED + written))


def _canonical(value: Any) -> bytes:
    return _JSON.encode(value).encode("ascii")


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=_fields)
_MANIFEST = TypeAdapter(Manifest)
