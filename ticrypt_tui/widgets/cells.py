"""Text fitted into terminal cells: exact widths, whatever the glyphs."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

from ticrypt_tui.text import shown

ELLIPSIS = "…"


def safe(text: str, width: int) -> str:
    """Foreign text on one line, no longer than what `width` cells could ever show.

    A name of many kilobytes costs no more than a short one, and a pile of combining marks sends
    no more bytes.
    """
    return shown(text[: 4 * width + 8])


def fitted(text: str, width: int, *, right: bool = False) -> str:
    """Safe text in exactly `width` cells, with an ellipsis where it is cut."""
    if width <= 0:
        return ""
    text = safe(text, width)
    size = len(text) if text.isascii() else cell_len(text)
    if size > width:
        return set_cell_size(text, width - 1) + ELLIPSIS
    gap = " " * (width - size)
    return gap + text if right else text + gap
