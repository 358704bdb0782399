"""The payload of an age v1 file (C2SP age.md): chunks of 64 KiB, each sealed in its place."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from ticrypt_tui.backend.drives.age_header import AgeFault, HeaderFault, derived

_NONCE = 16
_CHUNK = 64 * 1024
_TAG = 16


class PayloadFault(AgeFault):
    """A payload that was changed or cut."""


def seal_payload(file_key: bytes | bytearray, plain: bytes | bytearray) -> bytes:
    """The payload that holds a text."""
    nonce = os.urandom(_NONCE)
    cipher = ChaCha20Poly1305(derived(file_key, nonce, b"payload"))
    chunks = [plain[at : at + _CHUNK] for at in range(0, len(plain), _CHUNK)] or [b""]
    last = len(chunks) - 1
    sealed = (
        cipher.encrypt(_counter(at, at == last), each, None) for at, each in enumerate(chunks)
    )
    return nonce + b"".join(sealed)


def open_payload(file_key: bytes | bytearray, payload: bytes) -> bytearray:
    """The text of a payload; raises `HeaderFault` where even its nonce is cut, else `PayloadFault`.

    What was opened of a payload that is refused is zeroed.
    """
    if len(payload) < _NONCE:
        raise HeaderFault("the file ends before its payload")
    cipher = ChaCha20Poly1305(derived(file_key, payload[:_NONCE], b"payload"))
    rest = memoryview(payload)[_NONCE:]
    whole = _CHUNK + _TAG
    chunks = [rest[at : at + whole] for at in range(0, len(rest), whole)]
    if not chunks or len(chunks[-1]) < _TAG or (len(chunks) > 1 and len(chunks[-1]) == _TAG):
        raise PayloadFault("the payload is cut")
    plain = bytearray(len(rest) - len(chunks) * _TAG)
    _open_chunks(cipher, chunks, plain)
    return plain


def _open_chunks(cipher: ChaCha20Poly1305, chunks: list[memoryview], plain: bytearray) -> None:
    last = len(chunks) - 1
    try:
        with memoryview(plain) as into:
            for at, chunk in enumerate(chunks):
                start = at * _CHUNK
                room = into[start : start + len(chunk) - _TAG]
                cipher.decrypt_into(_counter(at, at == last), chunk, None, room)
    except InvalidTag:
        plain[:] = bytes(len(plain))
        raise PayloadFault("the payload was changed") from None


def _counter(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
