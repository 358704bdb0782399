"""Bars: what is there is seen, and full looks full."""

from __future__ import annotations

import pytest

from ticrypt_tui.widgets.bar import bar, role


@pytest.mark.parametrize(
    ("used", "reserved", "total", "drawn"),
    [
        (0, 0, 64, "░░░░░░░░░░"),
        (32, 0, 64, "█████░░░░░"),
        (32, 16, 64, "█████▓▓▓░░"),
        (1, 0, 1000, "█░░░░░░░░░"),
        (999, 0, 1000, "█████████░"),
        (64, 0, 64, "██████████"),
        (80, 0, 64, "██████████"),
        (0, 0, 0, "░░░░░░░░░░"),
    ],
)
def test_a_bar_is_full_only_where_it_is_and_empty_only_where_nothing_is(
    used: int, reserved: int, total: int, drawn: str
) -> None:
    assert bar(used, reserved, total, 10).plain == drawn


def test_its_colour_says_how_full_it_is() -> None:
    assert [role(taken, 100) for taken in (50, 90, 100, 101)] == [
        "$text-success", "$text-warning", "$text-warning", "$text-error"
    ]  # fmt: skip
