"""age's passphrase recipient `scrypt` (C2SP age.md, RFC 7914)."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from ticrypt_tui.backend.drives.age_header import (
    FILE_KEY_BYTES,
    HeaderFault,
    Stanza,
    decoded,
    encoded,
)

KIND = "scrypt"
WORK_FACTOR = 18
"""log2 of scrypt's N: about a second, and 256 MiB."""
HIGHEST_WORK_FACTOR = 20
"""What is done for a file at most: 1 GiB."""
_LABEL = b"age-encryption.org/v1/scrypt"
_SALT = 16
_BODY_BYTES = FILE_KEY_BYTES + 16
_NONCE = bytes(12)


def wrap(file_key: bytearray, passphrase: str, work_factor: int = WORK_FACTOR) -> Stanza:
    """Wrap a file key under a passphrase. Blocks for as long as the work factor says."""
    salt = os.urandom(_SALT)
    sealed = _cipher(passphrase, salt, work_factor).encrypt(_NONCE, file_key, None)
    return Stanza(KIND, (encoded(salt), str(work_factor)), sealed)


def unwrap(stanzas: Sequence[Stanza], passphrase: str) -> bytearray | None:
    """The file key under a passphrase, None for a wrong one; blocks. Raises `HeaderFault`."""
    if not any(each.kind == KIND for each in stanzas):
        return None
    if len(stanzas) != 1:
        raise HeaderFault("a passphrase is a file's only recipient")
    salt, work_factor = _said(stanzas[0])
    file_key = bytearray(FILE_KEY_BYTES)
    try:
        cipher = _cipher(passphrase, salt, work_factor)
        cipher.decrypt_into(_NONCE, stanzas[0].body, None, file_key)
    except InvalidTag:
        return None
    return file_key


def _said(stanza: Stanza) -> tuple[bytes, int]:
    if len(stanza.arguments) != 2 or not re.fullmatch("[1-9][0-9]{0,2}", stanza.arguments[1]):
        raise HeaderFault("a passphrase stanza has a salt and a work factor")
    salt, work_factor = decoded(stanza.arguments[0]), int(stanza.arguments[1])
    if len(salt) != _SALT or len(stanza.body) != _BODY_BYTES:
        raise HeaderFault("a passphrase stanza has another length")
    if work_factor > HIGHEST_WORK_FACTOR:
        raise HeaderFault("the work factor is too high")
    return salt, work_factor


def _cipher(passphrase: str, salt: bytes, work_factor: int) -> ChaCha20Poly1305:
    scrypt = Scrypt(_LABEL + salt, 32, 2**work_factor, 8, 1)
    return ChaCha20Poly1305(scrypt.derive(passphrase.encode()))
