"""Bech32 (BIP 173) as age writes its keys: of any length, the secret ones in upper case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_ALPHABET = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM = 6


def encode(prefix: str, data: bytes | bytearray) -> bytearray:
    """The text of some bytes, in the case of the prefix; a bytearray, for it may be a secret."""
    words = bytearray(_regrouped(data, 8, 5))
    wanted = _checksum((*_spread(prefix), *words, *bytes(_CHECKSUM))) ^ 1
    check = (wanted >> 5 * (_CHECKSUM - 1 - at) & 31 for at in range(_CHECKSUM))
    text = bytearray(_ALPHABET[word] for word in (*words, *check))
    return bytearray(prefix.encode("ascii") + b"1") + (text.upper() if prefix.isupper() else text)


def decode(prefix: str, text: bytes | bytearray) -> bytearray:
    """The bytes of a text with that prefix, in its case; raises `ValueError`."""
    start = prefix.encode("ascii") + b"1"
    if not text.startswith(start) or (text.upper() if prefix.isupper() else text.lower()) != text:
        raise ValueError(f"it does not begin with {prefix}")
    words = bytearray(_ALPHABET.index(each) for each in text[len(start) :].lower())
    if _checksum((*_spread(prefix), *words)) != 1 or len(words) < _CHECKSUM:
        raise ValueError("its checksum is wrong")
    return bytearray(_regrouped(words[:-_CHECKSUM], 5, 8))


def _spread(prefix: str) -> bytes:
    """What the checksum has of the prefix."""
    low = prefix.lower().encode("ascii")
    return bytes(each >> 5 for each in low) + b"\0" + bytes(each & 31 for each in low)


def _checksum(words: Iterable[int]) -> int:
    state = 1
    for word in words:
        top = state >> 25
        state = (state & 0x1FFFFFF) << 5 ^ word
        for at, generator in enumerate(_GENERATORS):
            state ^= generator if top >> at & 1 else 0
    return state


def _regrouped(values: Iterable[int], from_bits: int, to_bits: int) -> Iterator[int]:
    """The same bits in groups of another size; raises `ValueError` for a rest that is not zero."""
    held, bits = 0, 0
    for value in values:
        held, bits = (held << from_bits | value) & 0xFFF, bits + from_bits
        while bits >= to_bits:
            bits -= to_bits
            yield held >> bits & (1 << to_bits) - 1
    rest = held & (1 << bits) - 1
    if to_bits == 5 and bits:
        yield rest << to_bits - bits
    elif rest or bits >= 5:
        raise ValueError("it ends in a rest")
