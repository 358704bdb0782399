"""C2SP's signed notes: a text with Ed25519 signatures below it, and the keys that make them.

Source: https://github.com/C2SP/C2SP/blob/main/signed-note.md; keys are written as Go's `sumdb/note`
writes them, so that other programs of transparency logs can read both.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

_ED25519 = b"\x01"
_PRIVATE = "PRIVATE+KEY+"
_NO_NAME = re.compile(r"[\s+]+")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What verifies the notes of a name."""

    name: str
    key: bytes

    @classmethod
    def read(cls, text: str) -> PublicKey:
        """The key as `written`; raises `ValueError`."""
        name, identity, key = _parts(text)
        found = cls(name, key)
        _public(key)
        if found.identity.hex() != identity:
            raise ValueError("its identity is not that of its key")
        return found

    @property
    def identity(self) -> bytes:
        """The four bytes by which a signature names its key."""
        said = self.name.encode() + b"\n" + _ED25519 + self.key
        return hashlib.sha256(said).digest()[:4]

    @property
    def written(self) -> str:
        """The key in one line."""
        return f"{self.name}+{self.identity.hex()}+{_base64(_ED25519 + self.key)}"

    def text_of(self, note: str) -> str:
        """The text that a note of this key says; raises `ValueError` if it is not signed so."""
        text, between, signatures = note.rpartition("\n\n")
        for line in signatures.splitlines() if between else ():
            dash, _, rest = line.partition(" ")
            name, _, signature = rest.rpartition(" ")
            if (dash, name) == ("—", self.name) and self._signs(f"{text}\n", signature):
                return f"{text}\n"
        raise ValueError(f"it is not signed by {self.name} ({self.identity.hex()})")

    def _signs(self, text: str, signature: str) -> bool:
        from cryptography.exceptions import InvalidSignature

        try:
            said = base64.b64decode(signature, validate=True)
            _public(self.key).verify(said[4:], text.encode())
        except (binascii.Error, InvalidSignature):
            return False
        return said[:4] == self.identity


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """What signs notes; its 32 bytes are never shown."""

    name: str
    _seed: bytes

    def __repr__(self) -> str:
        return f"PrivateKey({self.name!r})"

    @classmethod
    def new(cls, name: str) -> PrivateKey:
        """A new key; blanks and `+` cannot be in its name and become hyphens."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        seed = Ed25519PrivateKey.generate().private_bytes_raw()
        return cls(_NO_NAME.sub("-", name) or "log", seed)

    @classmethod
    def read(cls, text: str) -> PrivateKey:
        """The key as `written`; raises `ValueError`."""
        if not text.startswith(_PRIVATE):
            raise ValueError("it is no private key")
        name, identity, seed = _parts(text.removeprefix(_PRIVATE))
        found = cls(name, seed)
        if found.public.identity.hex() != identity:
            raise ValueError("its identity is not that of its key")
        return found

    @property
    def written(self) -> str:
        """The key in one line, which is a secret."""
        identity = self.public.identity.hex()
        return f"{_PRIVATE}{self.name}+{identity}+{_base64(_ED25519 + self._seed)}"

    @property
    def public(self) -> PublicKey:
        """What verifies this key's notes."""
        return PublicKey(self.name, _private(self._seed).public_key().public_bytes_raw())

    def signed(self, text: str) -> str:
        """The note that says a text, which ends with an end of line."""
        signature = _private(self._seed).sign(text.encode())
        return f"{text}\n— {self.name} {_base64(self.public.identity + signature)}\n"


# Loaded when something is signed or verified: most logs have no checkpoints.


def _public(key: bytes) -> Ed25519PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return Ed25519PublicKey.from_public_bytes(key)


def _private(seed: bytes) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(seed)


def _parts(text: str) -> tuple[str, str, bytes]:
    try:
        name, identity, encoded = text.strip().split("+", 2)
        key = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise ValueError("it is no key of signed notes") from error
    if key[:1] != _ED25519 or len(key) != 33 or not name or _NO_NAME.search(name):
        raise ValueError("it is no Ed25519 key of signed notes")
    return name, identity, key[1:]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
