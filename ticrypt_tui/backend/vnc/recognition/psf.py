"""Console fonts in the PC Screen Font format, versions 1 and 2, as `setfont` loads them.

Version 1: magic 36 04, a mode, bytes a glyph; 256 glyphs, or 512 with mode bit 0; then the
characters of each glyph as 16-bit numbers up to FFFF. Version 2: magic 72 B5 4A 86 and seven 32-bit
numbers (version, length of the header, flags, glyphs, bytes a glyph, height, width); the characters
are UTF-8 up to FF. In both, FFFE (FE) begins sequences of several characters, which are left out.
Numbers have their low byte first; the lines of a glyph are padded to whole bytes.
"""

from __future__ import annotations

import gzip
import struct
from collections.abc import Sequence
from dataclasses import dataclass

_FIRST = b"\x36\x04"
_SECOND = b"\x72\xb5\x4a\x86"
_HEADER = struct.Struct("<4s7I")
_HAS_CHARACTERS = 1


@dataclass(frozen=True, slots=True)
class Glyph:
    """A bitmap, line by line, each padded to whole bytes; and the characters that it draws."""

    bitmap: bytes
    characters: str


@dataclass(frozen=True, slots=True)
class ScreenFont:
    """The glyphs of a font, in their order, with their size in pixels."""

    width: int
    height: int
    glyphs: tuple[Glyph, ...]


def unpacked(file: bytes) -> ScreenFont:
    """A font file's content, gzipped or not. Raises ValueError where it is none."""
    data = gzip.decompress(file) if file[:2] == b"\x1f\x8b" else file
    if len(data) < _HEADER.size:
        raise ValueError("This is no console font: it is too short.")
    if data[:2] == _FIRST:
        return _first(data)
    if data[:4] == _SECOND:
        return _second(data)
    raise ValueError("This is no console font: it begins like neither version of the format.")


def packed(font: ScreenFont) -> bytes:
    """The font as a gzipped file of version 2; the same font gives the same bytes."""
    size = len(font.glyphs[0].bitmap)
    head = _HEADER.pack(
        _SECOND, 0, _HEADER.size, _HAS_CHARACTERS, len(font.glyphs), size, font.height, font.width
    )
    bitmaps = b"".join(glyph.bitmap for glyph in font.glyphs)
    names = b"".join(glyph.characters.encode() + b"\xff" for glyph in font.glyphs)
    return gzip.compress(head + bitmaps + names, mtime=0)


def _first(data: bytes) -> ScreenFont:
    count, height = 512 if data[2] & 1 else 256, data[3]
    table = data[4 + count * height :]
    numbers = struct.unpack(f"<{len(table) // 2}H", table[: len(table) // 2 * 2])
    names, name, whole = [""], True, True
    for number in numbers:
        name = number < 0xFFFE
        if number == 0xFFFF:
            names.append("")
        whole = number == 0xFFFF or (whole and name)
        names[-1] += chr(number) if name and whole else ""
    return ScreenFont(8, height, _glyphs(data[4:], height, count, names))


def _second(data: bytes) -> ScreenFont:
    _, _, start, flags, count, size, height, width = _HEADER.unpack_from(data)
    table = data[start + count * size :] if flags & _HAS_CHARACTERS else b""
    names = [name.partition(b"\xfe")[0].decode() for name in table.split(b"\xff")]
    return ScreenFont(width, height, _glyphs(data[start:], size, count, names))


def _glyphs(bitmaps: bytes, size: int, count: int, names: Sequence[str]) -> tuple[Glyph, ...]:
    if len(bitmaps) < count * size:
        raise ValueError("This console font is cut off.")
    named = [*names, *[""] * count]
    return tuple(Glyph(bitmaps[i * size : (i + 1) * size], named[i]) for i in range(count))
