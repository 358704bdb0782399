"""A VM's screen drawn as a picture, by block characters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from ticrypt_tui.widgets.guest_blocks import DOTS, Blocks, Dots, drawn, few_colours
from ticrypt_tui.widgets.guest_grid import Grid

if TYPE_CHECKING:
    from ticrypt_tui.widgets.guest_window import Window


ENOUGH = 4
"""Pixels each way that a dot is made of: where there are many more, the others add but time."""


def sampled(pixels: Dots, width: int, height: int) -> Dots:
    """Pixels in another size; of what gets smaller, each dot is what is between those it covers."""
    if pixels.shape == (height, width):
        return pixels
    step = max(1, min(pixels.shape[1] // width, pixels.shape[0] // height) // ENOUGH)
    pixels = pixels[::step, ::step]
    smaller = width < pixels.shape[1] or height < pixels.shape[0]
    how = Image.Resampling.BOX if smaller else Image.Resampling.NEAREST
    return dots_of(image_of(pixels).resize((width, height), how))


def image_of(pixels: Dots) -> Image.Image:
    """Pixels 0x00RRGGBB as an image of Pillow's."""
    height, width = pixels.shape
    data = np.ascontiguousarray(pixels.astype("<u4", copy=False)).tobytes()
    return Image.frombuffer("RGB", (width, height), data, "raw", "BGRX", 0, 1)


def dots_of(image: Image.Image) -> Dots:
    """An image's pixels as 0x00RRGGBB."""
    data = np.frombuffer(image.tobytes("raw", "BGRX"), "<u4")
    return (data & 0xFFFFFF).astype(np.uint32).reshape(image.height, image.width)


def picture(pixels: Dots, window: Window, blocks: Blocks, size: tuple[int, int]) -> Grid:
    """A part of a screen where the window has it, in a grid of some size (height, width)."""
    down, across = DOTS[blocks]
    part = pixels[window.top : window.top + window.height, window.left : window.left + window.width]
    dots = few_colours(sampled(part, window.columns * across, window.rows * down))
    grid, shown = Grid(*size), drawn(dots, blocks)
    place = (
        slice(window.row, window.row + window.rows),
        slice(window.column, window.column + window.columns),
    )
    grid.characters[place] = shown.characters
    grid.foreground[place], grid.background[place] = shown.foreground, shown.background
    return grid
