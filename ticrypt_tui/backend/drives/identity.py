"""A person's keys: one secret seed, from which an encryption and a signing key pair follow.

The encryption key is age's `mlkem768x25519` identity (C2SP age.md), whose seed it is; the signing
key is Ed25519, its seed derived from that one (HKDF-SHA-256, with a label of its own).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ticrypt_tui.backend.drives import bech32, hybrid
from ticrypt_tui.backend.drives.age_header import Stanza, derived
from ticrypt_tui.backend.drives.zeroing import zero
from ticrypt_tui.backend.errors import Refused

_SIGNING = b"ticrypt-tui signing key v1"
_FINGERPRINT = b"ticrypt-tui public keys v1\n"
_SIGNING_BYTES = 32
_GROUP = re.compile("[A-Z2-7]{4}")


class KeyForgotten(Refused):
    """An identity that was forgotten while it was still in use."""


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """The public halves of one person's keys, as raw bytes."""

    encryption: bytes
    signing: bytes

    @property
    def fingerprint(self) -> str:
        """The whole fingerprint: SHA-256 in base32, in 13 groups of four."""
        return _fingerprint(self.encryption, self.signing)

    @property
    def written(self) -> str:
        """As text, for `user.register_key`."""
        return base64.b64encode(self.encryption + self.signing).decode("ascii")

    @property
    def recipient(self) -> str:
        """The encryption key as age writes it, `age1pq1…`."""
        return bech32.encode("age1pq", self.encryption).decode("ascii")

    @classmethod
    def read(cls, text: str) -> Self:
        """From `written`; raises `ValueError`, also for keys that no one should use."""
        try:
            raw = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("it is not base64") from None
        if len(raw) != hybrid.PUBLIC_BYTES + _SIGNING_BYTES:
            raise ValueError(f"it holds {len(raw)} bytes")
        keys = cls(raw[: hybrid.PUBLIC_BYTES], raw[hybrid.PUBLIC_BYTES :])
        hybrid.check_public(keys.encryption)
        Ed25519PublicKey.from_public_bytes(keys.signing)
        if keys.written != text:
            raise ValueError("it is not canonical base64")
        return keys

    def signed(self, signature: bytes, message: bytes) -> bool:
        """Whether a signature over a message is by these keys."""
        try:
            Ed25519PublicKey.from_public_bytes(self.signing).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@lru_cache(maxsize=4096)
def _fingerprint(encryption: bytes, signing: bytes) -> str:
    digest = hashlib.sha256(_FINGERPRINT + encryption + signing).digest()
    return "-".join(_GROUP.findall(base64.b32encode(digest).decode("ascii")))


def short(fingerprint: str) -> str:
    """A fingerprint as tables show it: its first two groups and its last."""
    groups = fingerprint.split("-")
    return fingerprint if len(groups) < 4 else "-".join((*groups[:2], "…", groups[-1]))


class Identity:
    """The secret halves; no text of it shows any."""

    def __init__(self, seed: bytes | bytearray) -> None:
        if len(seed) != hybrid.SEED_BYTES:
            raise ValueError("a seed has 32 bytes")
        self._seed = bytearray(seed)
        self._hybrid: hybrid.HybridKey | None = hybrid.HybridKey(seed)
        signing = Ed25519PrivateKey.from_private_bytes(derived(seed, b"", _SIGNING))
        self._signing: Ed25519PrivateKey | None = signing
        self.public = PublicKeys(self._hybrid.public, signing.public_key().public_bytes_raw())

    @classmethod
    def new(cls) -> Self:
        """New keys, from the operating system's random numbers."""
        seed = bytearray(os.urandom(hybrid.SEED_BYTES))
        try:
            return cls(seed)
        finally:
            zero(seed)

    def __repr__(self) -> str:
        return f"<Identity {short(self.public.fingerprint)}>"

    def __reduce__(self) -> str:
        raise TypeError("an identity is never written down by itself")

    @property
    def written(self) -> bytearray:
        """The seed as age writes it, `AGE-SECRET-KEY-PQ-1…`: for the key file alone."""
        if self._hybrid is None:
            raise _forgotten()
        return bech32.encode("AGE-SECRET-KEY-PQ-", self._seed)

    def sign(self, message: bytes) -> bytes:
        """An Ed25519 signature; raises `KeyForgotten`."""
        key = self._signing
        if key is None:
            raise _forgotten()
        return key.sign(message)

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytearray | None:
        """The file key that one of the stanzas wraps to this key, or None where none does.

        Raises `HeaderFault` for a stanza that is not as it should be, and `KeyForgotten`.
        """
        key = self._hybrid
        if key is None:
            raise _forgotten()
        for stanza in stanzas:
            if stanza.kind == hybrid.KIND and (file_key := key.unwrap(stanza)) is not None:
                return file_key
        return None

    def forget(self) -> None:
        """Zero the seed and drop the keys, which OpenSSL then wipes."""
        zero(self._seed)
        self._hybrid = self._signing = None


def read_identity(text: bytes | bytearray) -> Identity:
    """The identity of `written`; raises `ValueError`."""
    seed = bech32.decode("AGE-SECRET-KEY-PQ-", text)
    try:
        return Identity(seed)
    finally:
        zero(seed)


def _forgotten() -> KeyForgotten:
    return KeyForgotten("The key was forgotten while it was in use.", "Unlock it again.")
