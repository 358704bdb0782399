"""The colours that a project may have, by the words that stand beside them."""

from __future__ import annotations

COLOURS = ("red", "orange", "yellow", "green", "teal", "blue", "purple", "pink", "grey")
