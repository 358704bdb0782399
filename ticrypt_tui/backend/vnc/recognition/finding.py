"""Finds out whether a picture is a text screen, and in which grid and font."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from ticrypt_tui.backend.vnc.recognition.cells import COLOURS, Grid, Pixels, keys_of
from ticrypt_tui.backend.vnc.recognition.fonts import Font, fonts_of, sizes

# Of the cells with ink, the share that a font must know; what is enough to look no further; and
# the share where the grid was guessed, which may be one pixel beside the right one.
_LEGIBLE, _PLAIN, _LEGIBLE_IF_MOVED = 0.6, 0.95, 0.9
_LETTERS = 3
# So many colours are this share of a text screen, logo and pointer apart.
_TEXT_COLOURS, _FLAT = 16, 0.85
# What is looked at to find a grid, and the ink at the edges of cells beside that in their midst.
_SAMPLE_ROWS, _MOVED_ROWS, _SAMPLE_COLUMNS, _MOVED_GRIDS, _LITTLE = 10, 3, 100, 400, 0.25
_VGA_TEXT, _VGA_CELL = (400, 720), (9, 16)


def legible(exact: int, inked: int) -> bool:
    """Whether so many known cells of so many with ink, one of them a cursor, make a text screen."""
    return exact >= _LEGIBLE * (inked - 1)


def find(pixels: Pixels, *, thoroughly: bool = True) -> tuple[Grid, Font] | None:
    """The grid and font of a text screen; None where it is none, or too little to tell.

    A grid that does not begin in the corner is looked for only thoroughly: that takes ten times as
    long.
    """
    if pixels.shape == _VGA_TEXT and (found := _vga_text(pixels)):
        return found
    inked = (pixels[:, 1:] != pixels[:, :-1]).any(axis=1)
    if not inked.any() or not _few_colours(pixels):
        return None
    at_corner = (Grid.over(pixels, *size) for size in _likely_sizes(pixels))
    found = _best(pixels, inked, at_corner, _SAMPLE_ROWS, _LEGIBLE)
    if found or not thoroughly:
        return found
    moved = islice(_moved(pixels), _MOVED_GRIDS)
    return _best(pixels, inked, moved, _MOVED_ROWS, _LEGIBLE_IF_MOVED)


def best_font(keys: Mapping[bytes, int], fonts: Iterable[Font]) -> tuple[Font, int, str]:
    """The first font that knows most of the cells with ink, given by how often each is there.

    How many it knows comes with it, and the letters and digits among them, each once.
    """
    inked: Counter[bytes] = Counter()
    for key, count in keys.items():
        if _inked(key) and any(key[:-COLOURS]):
            inked[key[:-COLOURS]] += count
    known = {font: [bits for bits in inked if font.exact(bits)] for font in fonts}
    counts = {font: sum(inked[each] for each in bits) for font, bits in known.items()}
    best = max(counts, key=lambda font: counts[font])
    characters = {match.character for bits in known[best] if (match := best.exact(bits))}
    return best, counts[best], "".join(each for each in characters if each.isalnum())


def _inked(key: bytes) -> bool:
    return key[-COLOURS : -COLOURS // 2] != key[-COLOURS // 2 :] or not any(key[:-COLOURS])


def _few_colours(pixels: Pixels) -> bool:
    """Whether nearly all of a sample of the picture is of as few colours as a console has."""
    height, width = pixels.shape
    sample = pixels[:: max(height // 100, 1), :: max(width // 100, 1)]
    _, counts = np.unique(sample, return_counts=True)
    return bool(np.sort(counts)[-_TEXT_COLOURS:].sum() >= _FLAT * sample.size)


def _vga_text(pixels: Pixels) -> tuple[Grid, Font] | None:
    """VGA's usual text mode, which is known by its size: all of it, but for a cursor perhaps."""
    grid = Grid.over(pixels, *_VGA_CELL)
    keys = Counter(keys_of(pixels, grid, grid.everywhere()))
    font, known, _ = best_font(keys, fonts_of(*_VGA_CELL))
    inked = sum(count for key, count in keys.items() if _inked(key))
    return (grid, font) if inked - known <= 1 else None


def _likely_sizes(pixels: Pixels) -> list[tuple[int, int]]:
    """The sizes of cells, those first that fill the picture; of them, the usual 8 by 16."""
    height, width = pixels.shape

    def unlikely(size: tuple[int, int]) -> tuple[int, int]:
        return (width % size[0] != 0) + (height % size[1] != 0), abs(size[1] - 16)

    fitting = [size for size in sizes() if size[0] <= width and size[1] <= height]
    return sorted(fitting, key=unlikely)


def _best(
    pixels: Pixels, inked: NDArray[np.bool_], grids: Iterable[Grid], rows: int, least: float
) -> tuple[Grid, Font] | None:
    """The grid and font that most of a sample of rows is known in; the first that is plain."""
    best, share = None, 0.0
    for grid in grids:
        keys = _sample(pixels, inked, grid, rows)
        font, known, letters = best_font(keys, fonts_of(grid.cell_width, grid.cell_height))
        of_all = known / max(sum(count for key, count in keys.items() if _inked(key)), 1)
        if len(letters) >= _LETTERS and of_all >= least and of_all > share:
            best, share = (grid, font), of_all
        if share >= _PLAIN:
            break
    return best


def _sample(pixels: Pixels, inked: NDArray[np.bool_], grid: Grid, most: int) -> Counter[bytes]:
    """The keys of the first cells of so many rows, spread over those with ink."""
    lines = inked[grid.top : grid.top + grid.rows * grid.cell_height]
    rows = np.flatnonzero(lines.reshape(grid.rows, -1).any(axis=1))
    rows = rows[:: max(len(rows) // most, 1)]
    columns = np.arange(min(grid.columns, _SAMPLE_COLUMNS))
    places = np.repeat(rows, len(columns)), np.tile(columns, len(rows))
    return Counter(keys_of(pixels, grid, places))


def _moved(pixels: Pixels) -> Iterator[Grid]:
    """Grids that do not begin in the corner: where the gaps between cells have the least ink.

    VGA's own begin there.
    """
    values, counts = np.unique(pixels[::4, ::4], return_counts=True)
    ink = pixels != values[counts.argmax()]
    by_line, by_column = ink.sum(axis=1), ink.sum(axis=0)
    drawn = (size for size in _likely_sizes(pixels) if size[0] != _VGA_CELL[0])
    for width, height in drawn:
        for left in _gaps(by_column, width)[:3]:
            for top in _gaps(by_line, height)[: height // 2]:
                if left or top:
                    yield Grid.over(pixels, width, height, left, top)


def _gaps(ink: NDArray[np.intp], period: int) -> list[int]:
    """Where cells of so many pixels may begin: where the edges have little ink; the least first."""
    whole = len(ink) // period * period
    folded = ink[:whole].reshape(-1, period).sum(axis=0)
    before = np.roll(folded, 1)
    order = np.argsort(folded + before, kind="stable")
    blank = np.minimum(folded, before) <= folded.mean() * _LITTLE
    return [int(each) for each in order if blank[each]]
