"""What may be beneath a text cursor in a cell.

VGA draws its cursor as lines of ink over the whole width of the cell. Linux's framebuffer console
swaps ink and ground in the lowest lines of the cell: 1 or 2 of them (underline), a third, a half,
two thirds or all (block).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ticrypt_tui.backend.vnc.recognition.fonts import VGA_WIDTH, Font, Match, bits_of


def beneath(bits: bytes, font: Font) -> tuple[Match, ...]:
    """What a cursor could be over in a cell of these bits, by the order of the characters."""
    cell = _ink(bits, font)
    swapped = () if font.width == VGA_WIDTH + 1 else _swapped(cell, font)
    found = {*swapped} or {*_covered(cell, font)}
    return tuple(sorted(found))


def is_low_bar(bits: bytes, match: Match, font: Font) -> bool:
    """Whether a character other than "_" looks like a blank with a cursor."""
    ink = _ink(bits, font) ^ match.inverse
    full = ink.all(axis=1)
    lines = np.flatnonzero(full)
    if match.character == "_" or not 0 < lines.size <= font.height // 4:
        return False
    return bool(lines[0] >= font.height * 2 // 3 and (full == ink.any(axis=1)).all())


def _ink(bits: bytes, font: Font) -> NDArray[np.bool_]:
    flat = np.unpackbits(np.frombuffer(bits, np.uint8), count=font.width * font.height)
    return flat.astype(np.bool_).reshape(font.height, font.width)


def _swapped(cell: NDArray[np.bool_], font: Font) -> Iterator[Match]:
    height = font.height
    for lines in (1 if height < 10 else 2, height // 3, height // 2, height * 2 // 3):
        turned = cell.copy()
        turned[height - lines :] ^= True
        if match := font.exact(bits_of(turned[None])[0].tobytes()):
            yield match


def _covered(cell: NDArray[np.bool_], font: Font) -> Iterator[Match]:
    for inverse, ink in ((False, cell), (True, ~cell)):
        for first, end in _bars(ink):
            seen = np.r_[0:first, end : font.height]
            if not ink[seen].any():
                yield Match(" ", inverse)
            same = (font.ink[:, seen] == ink[seen]).all(axis=(1, 2))
            for each in np.flatnonzero(same):
                yield Match(font.characters[each], inverse)


def _bars(ink: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The runs of lines that are all ink: the first line of each, and the line after it."""
    edges = np.diff(np.pad(ink.all(axis=1).astype(np.int8), 1))
    return list(zip(np.flatnonzero(edges > 0), np.flatnonzero(edges < 0), strict=True))
