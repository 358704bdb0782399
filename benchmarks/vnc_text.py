"""Reading the text on a VM's screen, 80 by 25 cells, beside the plain way and a bare comparison."""

from __future__ import annotations

import random
import string
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Ratio
from ticrypt_tui.backend.vnc.framebuffer import Rect
from ticrypt_tui.backend.vnc.recognition.fonts import Font, fonts_of
from ticrypt_tui.backend.vnc.recognition.reader import Reader

_COLUMNS, _ROWS, _WIDTH, _HEIGHT = 80, 25, 9, 16
_INK = 0xAAAAAA
_ROUNDS = 50

Pixels = NDArray[np.uint32]


def picture(font: Font, seed: int) -> tuple[Pixels, list[str]]:
    """A VGA text screen full of letters, and its lines."""
    chance = random.Random(seed)
    lines = ["".join(chance.choices(string.printable[:94], k=_COLUMNS)) for _ in range(_ROWS)]
    glyphs = [[font.ink[font.characters.index(each)] for each in line] for line in lines]
    ink = np.concatenate([np.concatenate(row, axis=1) for row in glyphs])
    return np.where(ink, np.uint32(_INK), np.uint32(0)), lines


def plainly(pixels: Pixels, table: dict[bytes, str]) -> list[str]:
    """Cell by cell, characters alone: no colours, cursor or font to be found."""
    lines = []
    for top in range(0, _ROWS * _HEIGHT, _HEIGHT):
        line = ""
        for left in range(0, _COLUMNS * _WIDTH, _WIDTH):
            cell = pixels[top : top + _HEIGHT, left : left + 8]
            bits = np.packbits(cell != cell[0, 0], axis=1).tobytes()
            line += table.get(bits) or table.get(bytes(each ^ 255 for each in bits)) or ""
        lines.append(line)
    return lines


def table_of(font: Font) -> dict[bytes, str]:
    bitmaps = (np.packbits(ink[:, :8], axis=1).tobytes() for ink in font.ink)
    return dict(zip(bitmaps, font.characters, strict=True))


def least(work: Callable[[int], object]) -> float:
    """The least seconds of some rounds; the work is told which."""
    times = []
    for number in range(_ROUNDS):
        began = time.perf_counter()
        work(number)
        times.append(time.perf_counter() - began)
    return min(times)


def measured() -> list[Ratio]:
    font = next(each for each in fonts_of(_WIDTH, _HEIGHT) if each.name == "vga-8x16")
    pictures = [picture(font, seed) for seed in (1, 2)]
    (first, lines), (second, _) = pictures
    whole, cell = Rect(0, 0, *first.shape[::-1]), Rect(8 * _WIDTH, 8 * _HEIGHT, _WIDTH, _HEIGHT)
    reader, table = Reader(), table_of(font)
    screen = reader.read(first, [whole])
    assert screen
    assert screen.lines() == [line.rstrip() for line in plainly(first, table)] == lines
    full = least(lambda number: reader.read(pictures[number % 2][0], [whole]))
    plain = least(lambda number: plainly(pictures[number % 2][0], table))
    one = least(lambda _: reader.read(first, [cell]))
    bare = least(lambda _: (first != second).any())
    return [
        _ratio("reading a VGA text screen, beside plain look-ups cell by cell", full, plain, 0.5),
        _ratio("reading it again where one cell changed, beside the same", one, plain, 0.05),
        _ratio("reading it again where one cell changed, beside comparing pictures", one, bare),
    ]


def _ratio(what: str, ours: float, beside: float, most: float | None = None) -> Ratio:
    return Ratio(what, f"{ours * 1e6:.0f} µs", f"{beside * 1e6:.0f} µs", ours / beside, most=most)
