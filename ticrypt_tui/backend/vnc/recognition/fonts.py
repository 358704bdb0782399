"""The fonts that text screens are drawn in, and which character a cell's pixels are in each."""

from __future__ import annotations

from functools import cache, cached_property
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ticrypt_tui.backend.vnc.recognition.psf import unpacked

_FACES = ("vga", "linux", "debian-vga", "fixed", "terminus", "terminus-bold", "terminus-bold-vga")
_PIXELS_A_DIFFERENCE = 64
VGA_WIDTH = 8
"""The pixels of a glyph of VGA's, which shows it in a cell of one more or in one of as many."""


class Match(NamedTuple):
    """What a cell's pixels are: a character, whose ink is the darker colour where `inverse`."""

    character: str
    inverse: bool


class Font:
    """A font at one size of cell.

    A cell is known by its bits: of each pixel, line by line, whether it has the brighter of the
    cell's two colours, padded to whole bytes. Where a bitmap and another's inverse are the same,
    the bright ink on the dark ground counts.
    """

    def __init__(self, name: str, ink: NDArray[np.bool_], characters: str) -> None:
        """The ink is of the glyphs of the characters, in their order: glyph, line, pixel."""
        self.name, self.characters, self.ink = name, characters, ink
        _, self.height, self.width = ink.shape
        self.most_differences = self.width * self.height // _PIXELS_A_DIFFERENCE
        """How many pixels of a cell may differ from a glyph that it is still read as."""
        both = zip((bits_of(~ink), bits_of(ink)), (True, False), strict=True)
        self._exact = {
            bits.tobytes(): Match(character, inverse)
            for glyphs, inverse in both
            for bits, character in zip(glyphs[::-1], characters[::-1], strict=True)
        }

    def exact(self, bits: bytes) -> Match | None:
        """The character that is drawn by just these bits."""
        return self._exact.get(bits)

    def nearest(self, bits: bytes) -> Match | None:
        """The only character within the most differences, if there is one and just one."""
        inks, glyphs, matches = self._by_ink
        cell = np.frombuffer(bits, np.uint8)
        ink, most = int(np.bitwise_count(cell).sum()), self.most_differences
        start, end = np.searchsorted(inks, (ink - most, ink + most + 1))
        differences = np.bitwise_count(glyphs[start:end] ^ cell).sum(axis=1)
        near = {matches[start + each] for each in np.flatnonzero(differences <= most)}
        return near.pop() if len(near) == 1 else None

    @cached_property
    def _by_ink(self) -> tuple[NDArray[np.int64], NDArray[np.uint8], list[Match]]:
        """All glyphs and their inverses in the order of their inked pixels, and what they are."""
        matches = list(self._exact.values())
        glyphs = np.frombuffer(b"".join(self._exact), np.uint8).reshape(len(matches), -1)
        inks = np.bitwise_count(glyphs).sum(axis=1, dtype=np.int64)
        order = np.argsort(inks, kind="stable")
        return inks[order], glyphs[order], [matches[each] for each in order]


def bits_of(ink: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The bits of each cell: cells of lines of pixels."""
    return np.packbits(ink.reshape(len(ink), -1), axis=1)


@cache
def sizes() -> tuple[tuple[int, int], ...]:
    """The width and height of every cell that can be read; VGA shows a 9th column, too."""
    drawn = {(width, height) for _, width, height in _tables()}
    vga = {(VGA_WIDTH + 1, height) for width, height in drawn if width == VGA_WIDTH}
    return tuple(sorted(drawn | vga))


@cache
def fonts_of(width: int, height: int) -> tuple[Font, ...]:
    """The fonts of a size of cell."""
    drawn = VGA_WIDTH if width == VGA_WIDTH + 1 else width
    faces = [face for face, *size in _tables() if size == [drawn, height]]
    read = [_font(face, drawn, height) for face in sorted(faces, key=_FACES.index)]
    return tuple(map(_with_ninth_column, read) if width != drawn else read)


@cache
def _tables() -> tuple[tuple[str, int, int], ...]:
    """Face, width and height of the tables that the package carries."""
    names = (each.name for each in (files(__package__) / "glyphs").iterdir())
    split = (name.removesuffix(".psf.gz").rpartition("-") for name in names if "psf" in name)
    return tuple((face, *_numbers(size)) for face, _, size in split)


def _numbers(size: str) -> tuple[int, int]:
    width, _, height = size.partition("x")
    return int(width), int(height)


@cache
def _font(face: str, width: int, height: int) -> Font:
    name = f"{face}-{width}x{height}"
    table = unpacked((files(__package__) / "glyphs" / f"{name}.psf.gz").read_bytes())
    bitmaps = np.frombuffer(b"".join(each.bitmap for each in table.glyphs), np.uint8)
    ink = np.unpackbits(bitmaps.reshape(len(table.glyphs), height, -1), axis=2)[:, :, :width]
    return Font(name, ink.astype(np.bool_), "".join(each.characters for each in table.glyphs))


def _with_ninth_column(font: Font) -> Font:
    """The font as VGA shows it: a 9th column that is blank or, in drawn lines, the 8th again.

    Which glyphs get the 8th again depends on their place in the font that is loaded (C0 to DF, in
    QEMU from B0), which the picture does not say: both are known of all.
    """
    blank = np.pad(font.ink, ((0, 0), (0, 0), (0, 1)))
    again = np.pad(font.ink, ((0, 0), (0, 0), (0, 1)), mode="edge")
    return Font(font.name, np.concatenate((blank, again)), font.characters * 2)
