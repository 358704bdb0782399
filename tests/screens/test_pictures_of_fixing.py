"""How realms and the plan of Fix VMs look, in a small terminal and in a large one.

After a change that is meant, `make test ARGS="tests/screens/test_pictures_of_fixing.py
--snapshot-update"` keeps the new pictures; look at them first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.screens.driving import opened, said, still, until
from ticrypt_tui.app import TicryptApp

SMALL, LARGE = (80, 24), (160, 45)
Compare = Callable[..., bool]


def after(*keys: str, says: str) -> Callable[[Pilot[Any]], Awaitable[None]]:
    """Presses keys on realm local, until the screen says something."""

    async def done(pilot: Pilot[Any]) -> None:
        screen = await opened(pilot, "realms")
        screen.table.select("local")
        for key in keys:
            await pilot.press(key)
        await until(pilot, lambda: says in said(pilot), says)
        await still(pilot)

    return done


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x45"])
@pytest.mark.parametrize(
    ("keys", "says"),
    [
        pytest.param((), "3 of 3", id="realms"),
        pytest.param(("f",), "Nothing was changed yet.", id="a-plan"),
        pytest.param(("f", "down", "down", "down", "space"), "1 marked.", id="a-yes"),
        pytest.param(("f", "shift+tab", "shift+tab", "enter"), "1 failed", id="what-was-done"),
        pytest.param(("F",), "Nothing differs", id="nothing-differs"),
    ],
)
def test_it_looks_as_it_did(
    snap_compare: Compare,
    console: TicryptApp,
    size: tuple[int, int],
    keys: tuple[str, ...],
    says: str,
) -> None:
    assert snap_compare(console, terminal_size=size, run_before=after(*keys, says=says))
