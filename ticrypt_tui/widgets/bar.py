"""A bar that shows a part of a whole; what it shows is also said in words beside it."""

from __future__ import annotations

from textual.content import Content

USED, RESERVED, FREE = "█", "▓", "░"
NEARLY_FULL = 0.9


def bar(used: int, reserved: int, total: int, width: int) -> Content:
    """Cells for what is used, what is reserved and what is free; more than all of it is full."""
    if total <= 0:
        return Content.styled(FREE * width, "$text-disabled")
    one = _cells(used, total, width)
    both = max(_cells(used + reserved, total, width), one)
    return Content.assemble(
        (USED * one, role(used + reserved, total)),
        (RESERVED * (both - one), "$text-accent"),
        (FREE * (width - both), "$text-disabled"),
    )


def role(taken: int, total: int) -> str:
    """The colour of a bar, by how full it is."""
    if taken > total:
        return "$text-error"
    return "$text-warning" if taken >= NEARLY_FULL * total else "$text-success"


def _cells(part: int, total: int, width: int) -> int:
    """How many cells a part takes: none only where there is nothing, all only where it is full."""
    if part <= 0:
        return 0
    if part >= total:
        return width
    return min(max(round(part / total * width), 1), width - 1)
