"""Reads the characters in the picture of a text screen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ticrypt_tui.backend.vnc.framebuffer import Rect
from ticrypt_tui.backend.vnc.recognition.finding import find
from ticrypt_tui.backend.vnc.recognition.page import Page
from ticrypt_tui.backend.vnc.recognition.screen import Cell, TextScreen

__all__ = ["Cell", "Reader", "TextScreen"]

_EIGHTH, _QUARTER = 8, 4


class Reader:
    """Reads one screen again and again: what it knows of the last picture makes the next quick."""

    def __init__(self) -> None:
        self._page: Page | None = None
        self._shape = (0, 0)
        self._changed = 0
        self._busy = False

    def read(self, pixels: NDArray[np.uint32], changed: Sequence[Rect]) -> TextScreen | None:
        """The text of a picture, pixels 0x00RRGGBB, of which only `changed` is new.

        None says that this is a picture, and no text screen. One that is nearly empty is looked at
        again with each change, another when an eighth of it has changed since; a text screen stays
        one, in its grid and font, while it is legible.
        """
        if pixels.shape != self._shape:
            self._shape = (pixels.shape[0], pixels.shape[1])
            self._page, self._changed = None, pixels.size
        if self._page:
            self._page.update(pixels, changed)
            if self._page.legible:
                return self._page.text()
            self._page, self._changed = None, pixels.size
        self._changed += sum(rect.width * rect.height for rect in changed)
        self._look(pixels)
        return self._page.text() if self._page and self._page.legible else None

    def _look(self, pixels: NDArray[np.uint32]) -> None:
        much = self._changed * _EIGHTH >= pixels.size
        if self._busy and not much:
            return
        found = find(pixels, thoroughly=much)
        self._page = Page(pixels, *found) if found else None
        lines = (pixels[:, 1:] != pixels[:, :-1]).any(axis=1)
        self._busy = int(lines.sum()) * _QUARTER > len(lines)
        self._changed = 0 if much else self._changed
