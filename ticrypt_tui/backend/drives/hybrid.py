"""age's hybrid recipient `mlkem768x25519` (C2SP age.md): X-Wing in HPKE, from `cryptography`.

A seed of 32 bytes becomes, by SHAKE256, the 64-byte seed of an ML-KEM-768 key and an X25519 key.
The suite is MLKEM768-X25519, HKDF-SHA256, ChaCha20-Poly1305 (RFC 9180, draft-ietf-hpke-pq).
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHAKE256, Hash
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from ticrypt_tui.backend.drives.age_header import (
    FILE_KEY_BYTES,
    HeaderFault,
    Stanza,
    decoded,
    encoded,
)

KIND = "mlkem768x25519"
SEED_BYTES = 32
PUBLIC_BYTES = 1184 + 32
_INFO = b"age-encryption.org/mlkem768x25519"
_ML_KEM_PUBLIC = 1184
_ML_KEM_SEED = 64
_X25519_SHARE_AT = 1088
_SHARE_BYTES = _X25519_SHARE_AT + 32
_BODY_BYTES = FILE_KEY_BYTES + 16
_P = 2**255 - 19
LOW_ORDER = frozenset(
    each.to_bytes(32, "little")
    for each in (
        0, 1, _P - 1, _P, _P + 1,
        325606250916557431795983626356110631294008115727848805560023387167927233504,
        39382357235489614581723060781553021112529911719440698176882885853963445705823,
    )
)  # fmt: skip
"""The u-coordinates that give a shared secret of zero with any key (RFC 7748 6.1)."""
_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


class HybridKey:
    """The private key of a seed; OpenSSL wipes it when the last reference goes."""

    def __init__(self, seed: bytes | bytearray) -> None:
        expander = Hash(SHAKE256(_ML_KEM_SEED + 32))
        expander.update(seed)
        expanded = expander.finalize()
        ml_kem = MLKEM768PrivateKey.from_seed_bytes(expanded[:_ML_KEM_SEED])
        x25519 = X25519PrivateKey.from_private_bytes(expanded[_ML_KEM_SEED:])
        self._key = MLKEM768X25519PrivateKey(ml_kem, x25519)
        x25519_public = x25519.public_key().public_bytes_raw()
        self.public = ml_kem.public_key().public_bytes_raw() + x25519_public

    def unwrap(self, stanza: Stanza) -> bytearray | None:
        """The file key in a stanza of this kind, None where it is for another key.

        Raises `HeaderFault` for a stanza that is not as the specification has it.
        """
        share = _share(stanza)
        _refuse_low_order(share[_X25519_SHARE_AT:])
        try:
            return bytearray(_SUITE.decrypt(share + stanza.body, self._key, _INFO))
        except InvalidTag:
            return None


def wrap(public: bytes, file_key: bytes | bytearray) -> Stanza:
    """Wrap a file key to a public key; raises `ValueError` for bytes that are none."""
    sealed = _SUITE.encrypt(file_key, _public_key(public), _INFO)
    return Stanza(KIND, (encoded(sealed[:_SHARE_BYTES]),), sealed[_SHARE_BYTES:])


def check_public(public: bytes) -> None:
    """Raise `ValueError` for bytes that are no public key, or one to which nothing is secret."""
    _public_key(public)


@lru_cache(maxsize=256)
def _public_key(public: bytes) -> MLKEM768X25519PublicKey:
    if len(public) != PUBLIC_BYTES:
        raise ValueError("it is not as long as a public key")
    try:
        ml_kem = MLKEM768PublicKey.from_public_bytes(public[:_ML_KEM_PUBLIC])
    except ValueError:  # the library speaks of a length, whatever is wrong
        raise ValueError("its ML-KEM-768 half is none") from None
    _refuse_low_order(public[_ML_KEM_PUBLIC:])
    return MLKEM768X25519PublicKey(
        ml_kem, X25519PublicKey.from_public_bytes(public[_ML_KEM_PUBLIC:])
    )


def _share(stanza: Stanza) -> bytes:
    """The encapsulated key; lengths are checked first, so that no stanza fits several keys."""
    if len(stanza.arguments) != 1:
        raise HeaderFault("a hybrid stanza has one argument")
    share = decoded(stanza.arguments[0])
    if len(share) != _SHARE_BYTES or len(stanza.body) != _BODY_BYTES:
        raise HeaderFault("a hybrid stanza has another length")
    return share


def _refuse_low_order(share: bytes) -> None:
    """HPKE here tells a share of low order by the same error as a wrong key; age asks for more."""
    if share[:-1] + bytes([share[-1] & 0x7F]) in LOW_ORDER:
        raise HeaderFault("an X25519 share is of low order")
