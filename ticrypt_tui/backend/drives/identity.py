"""A person's keys: one secret seed, from which an encryption and a signing key pair follow.

The encryption key is age's `mlkem768x25519` identity (C2SP age.md): a 32-byte seed that SHAKE256
expands into an ML-KEM-768 and an X25519 key. The signing key is Ed25519.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from ticrypt_tui.backend.drives.age_header import Stanza


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """The public halves of one person's keys."""

    encryption: bytes
    signing: bytes

    @property
    def fingerprint(self) -> str:
        """The whole fingerprint, in base32, in 13 groups of four."""
        raise NotImplementedError

    @property
    def written(self) -> str:
        """As text, for `user.register_key`."""
        raise NotImplementedError

    @classmethod
    def read(cls, text: str) -> Self:
        """From that text; raises `ValueError`, also for keys that no one should use."""
        raise NotImplementedError


def short(fingerprint: str) -> str:
    """A fingerprint as tables show it: its first two groups and its last."""
    raise NotImplementedError


class Identity:
    """The secret halves; `forget` zeroes them, and no text of it shows any."""

    @classmethod
    def new(cls) -> Self:
        """New keys, from the operating system's random numbers."""
        raise NotImplementedError

    @property
    def public(self) -> PublicKeys:
        raise NotImplementedError

    def sign(self, message: bytes) -> bytes:
        """An Ed25519 signature; raises `KeyRefused` once forgotten."""
        raise NotImplementedError

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytearray | None:
        """The file key that one of the stanzas wraps to this key, or None where none does."""
        raise NotImplementedError

    def forget(self) -> None:
        """Zero the secrets."""
