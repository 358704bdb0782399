"""The header of an age v1 file (C2SP age.md): stanzas, and the code that binds them together."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FILE_KEY_BYTES = 16
_VERSION = b"age-encryption.org/v1"
_COLUMNS = 64
_ARGUMENTS = re.compile(rb"->((?: [!-~]+)+)")
_END = re.compile(rb"--- ([A-Za-z0-9+/]{43})")


class AgeFault(ValueError):
    """An age file that does not open."""


class HeaderFault(AgeFault):
    """A header that is not age's, to the letter."""


class NoMatch(AgeFault):
    """A file that is for others."""


class MacFault(AgeFault):
    """A header that was changed after it was written."""


@dataclass(frozen=True, slots=True)
class Stanza:
    """One recipient's wrapped file key: its kind, arguments, and body."""

    kind: str
    arguments: tuple[str, ...]
    body: bytes

    @property
    def written(self) -> bytes:
        first = " ".join(("->", self.kind, *self.arguments)).encode("ascii")
        body = encoded(self.body).encode("ascii")
        # A body whose last line is full is followed by an empty one.
        lines = [body[at : at + _COLUMNS] for at in range(0, len(body) + 1, _COLUMNS)]
        return b"\n".join((first, *lines)) + b"\n"


@dataclass(frozen=True, slots=True)
class Header:
    """The stanzas of a file, the code over them, and the bytes that it is over."""

    stanzas: tuple[Stanza, ...]
    covered: bytes
    mac: bytes

    def check(self, file_key: bytes | bytearray) -> None:
        """Raise `MacFault` where the header is not the one that was written with this file key."""
        if not hmac.compare_digest(_code(file_key, self.covered), self.mac):
            raise MacFault("the header was changed")


def write_header(stanzas: Sequence[Stanza], file_key: bytes | bytearray) -> bytes:
    """The header of a new file."""
    covered = b"".join((_VERSION, b"\n", *(each.written for each in stanzas), b"---"))
    code = encoded(_code(file_key, covered)).encode("ascii")
    return covered + b" " + code + b"\n"


def _code(file_key: bytes | bytearray, covered: bytes) -> bytes:
    return hmac.digest(derived(file_key, b"", b"header"), covered, "sha256")


def read_header(file: bytes) -> tuple[Header, bytes]:
    """The header of a file and what follows it; raises `HeaderFault`."""
    lines = _Lines(file)
    if lines.next() != _VERSION:
        raise HeaderFault("it is no age v1 file")
    stanzas = []
    while (line := lines.next()).startswith(b"->"):
        stanzas.append(_stanza(line, lines))
    end = _END.fullmatch(line)
    if not stanzas or end is None:
        raise HeaderFault("the header has no proper end")
    covered = file[: lines.at - len(line) - 1 + len(b"---")]
    return Header(tuple(stanzas), covered, decoded(end[1].decode("ascii"))), file[lines.at :]


class _Lines:
    """The lines of a header, each with its line feed."""

    def __init__(self, file: bytes) -> None:
        self.file = file
        self.at = 0

    def next(self) -> bytes:
        end = self.file.find(b"\n", self.at)
        if end < 0:
            raise HeaderFault("the header ends too early")
        line = self.file[self.at : end]
        self.at = end + 1
        return line


def _stanza(first: bytes, lines: _Lines) -> Stanza:
    found = _ARGUMENTS.fullmatch(first)
    if found is None:
        raise HeaderFault("a stanza has no proper arguments")
    kind, *arguments = found[1].decode("ascii").split(" ")[1:]
    body = [lines.next()]
    while len(body[-1]) == _COLUMNS:
        body.append(lines.next())
    if len(body[-1]) > _COLUMNS:
        raise HeaderFault("a line of a stanza is too long")
    try:
        return Stanza(kind, tuple(arguments), decoded(b"".join(body).decode("ascii")))
    except UnicodeDecodeError:
        raise HeaderFault("a stanza's body is not base64") from None


def encoded(data: bytes) -> str:
    """Base64 without padding."""
    return base64.b64encode(data).decode("ascii").rstrip("=")


def decoded(text: str) -> bytes:
    """The bytes of canonical base64 without padding; raises `HeaderFault`."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise HeaderFault("it is not base64") from None
    if encoded(data) != text:
        raise HeaderFault("it is not canonical base64")
    return data


def derived(secret: bytes | bytearray, salt: bytes, info: bytes) -> bytes:
    """HKDF-SHA-256, 32 bytes."""
    return HKDF(SHA256(), 32, salt or None, info).derive(secret)
