"""How storage pools, volumes and their forms look, in a small terminal and in a large one.

After a change that is meant, `make test ARGS="tests/screens/test_pictures_of_storage.py
--snapshot-update"` keeps the new pictures; look at them first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.screens.driving import opened, still
from ticrypt_tui.app import TicryptApp

SMALL, LARGE = (80, 24), (160, 45)
Compare = Callable[..., bool]


def after(tab: str, *keys: str) -> Callable[[Pilot[Any]], Awaitable[None]]:
    """What is done before the picture is taken: going to a tab, and pressing keys there."""

    async def done(pilot: Pilot[Any]) -> None:
        await opened(pilot, tab)
        await pilot.press(*keys)
        await still(pilot)

    return done


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x45"])
@pytest.mark.parametrize(
    ("tab", "keys"),
    [
        pytest.param("pools", (), id="pools"),
        pytest.param("pools", ("n",), id="a-new-pool"),
        pytest.param("pools", ("e",), id="a-pool-edited"),
        pytest.param("volumes", (), id="volumes"),
        pytest.param("volumes", ("s",), id="an-os-stated"),
    ],
)
def test_it_looks_as_it_did(
    snap_compare: Compare,
    console: TicryptApp,
    size: tuple[int, int],
    tab: str,
    keys: tuple[str, ...],
) -> None:
    assert snap_compare(console, terminal_size=size, run_before=after(tab, *keys))
