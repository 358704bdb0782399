"""Finds out whether a picture is a text screen, and in which grid and font."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from ticrypt_tui.backend.vnc.recognition.cells import COLOURS, Grid, Pixels, keys_of
from ticrypt_tui.backend.vnc.recognition.fonts import Font, fonts_of, sizes

_LEGIBLE, _PLAIN = 0.6, 0.95
_LEGIBLE_IF_MOVED = 0.9
_TEXT_COLOURS = 16
_FLAT = 0.85
_LETTERS = 3
_LITTLE = 0.25
_SAMPLE_ROWS, _MOVED_ROWS = 10, 3
_VGA_TEXT = (400, 720)
_VGA_CELL = (9, 16)


def legible(exact: int, inked: int) -> bool:
    """Whether so many known cells of so many with ink, one of them a cursor, make a text screen."""
    return exact >= _LEGIBLE * (inked - 1)


def find(pixels: Pixels) -> tuple[Grid, Font] | None:
    """The grid and font of a text screen; None where it is none, or too little to tell."""
    if pixels.shape == _VGA_TEXT and _nearly_empty(pixels):
        return Grid.over(pixels, *_VGA_CELL), fonts_of(*_VGA_CELL)[0]
    inked = (pixels[:, 1:] != pixels[:, :-1]).any(axis=1)
    if not inked.any() or not _few_colours(pixels):
        return None
    at_corner = (Grid.over(pixels, *size) for size in _likely_sizes(pixels))
    found = _best(pixels, inked, at_corner, _SAMPLE_ROWS, _LEGIBLE)
    return found or _best(pixels, inked, _moved(pixels), _MOVED_ROWS, _LEGIBLE_IF_MOVED)


def best_font(keys: Mapping[bytes, int], fonts: Iterable[Font]) -> tuple[Font, float]:
    """The first font that knows most of the cells with ink, given by how often each is there.

    The share of those that it knows comes with it; 0 if it knows fewer than three letters.
    """
    inked = {key[:-COLOURS]: 0 for key in keys if _inked(key)}
    for key, count in keys.items():
        if _inked(key):
            inked[key[:-COLOURS]] += count
    known = {font: [bits for bits in inked if any(bits) and font.exact(bits)] for font in fonts}
    counts = {font: sum(inked[each] for each in bits) for font, bits in known.items()}
    best = max(counts, key=lambda font: counts[font])
    matches = (best.exact(bits) for bits in known[best])
    letters = {each.character for each in matches if each and each.character.isalnum()}
    enough = len(letters) >= _LETTERS
    return best, counts[best] / sum(inked.values()) if enough else 0.0


def _inked(key: bytes) -> bool:
    return key[-COLOURS : -COLOURS // 2] != key[-COLOURS // 2 :] or not any(key[:-COLOURS])


def _few_colours(pixels: Pixels) -> bool:
    """Whether nearly all of a sample of the picture is of as few colours as a console has."""
    height, width = pixels.shape
    sample = pixels[:: max(height // 100, 1), :: max(width // 100, 1)]
    _, counts = np.unique(sample, return_counts=True)
    return bool(np.sort(counts)[-_TEXT_COLOURS:].sum() >= _FLAT * sample.size)


def _nearly_empty(pixels: Pixels) -> bool:
    """Whether a VGA text screen is blank, but for a cursor perhaps."""
    grid = Grid.over(pixels, *_VGA_CELL)
    keys = keys_of(pixels, grid, grid.everywhere())
    return sum(map(_inked, keys)) <= 1


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
        font, known = best_font(_sample(pixels, inked, grid, rows), fonts_of(*_size(grid)))
        if known > share and known >= least:
            best, share = (grid, font), known
        if share >= _PLAIN:
            break
    return best


def _size(grid: Grid) -> tuple[int, int]:
    return grid.cell_width, grid.cell_height


def _sample(pixels: Pixels, inked: NDArray[np.bool_], grid: Grid, most: int) -> Counter[bytes]:
    """The keys of so many rows that are spread over those with ink."""
    lines = inked[grid.top : grid.top + grid.rows * grid.cell_height]
    rows = np.flatnonzero(lines.reshape(grid.rows, -1).any(axis=1))
    rows = rows[:: max(len(rows) // most, 1)]
    places = np.repeat(rows, grid.columns), np.tile(np.arange(grid.columns), len(rows))
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
