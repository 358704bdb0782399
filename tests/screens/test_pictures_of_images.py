"""How images, setups, their forms and a simulated allocation look, small and large.

After a change that is meant, `make test ARGS="tests/screens/test_pictures_of_images.py
--snapshot-update"` keeps the new pictures; look at them first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from tests.screens.driving import opened, still, until
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.screens.dialogs.simulation import SimulationView

SMALL, LARGE = (80, 24), (160, 45)
Compare = Callable[..., bool]


def placed(pilot: Pilot[Any]) -> bool:
    """Whether a simulation, if it is that which is shown, tells of all copies that are wanted."""
    view = pilot.app.screen
    if not isinstance(view, SimulationView):
        return True
    told = str(view.query_one("#account", Static).render())
    return f" of {view._wanted:,} placed" in told


def after(tab: str, *keys: str) -> Callable[[Pilot[Any]], Awaitable[None]]:
    """What is done before the picture is taken: going to a tab, and pressing keys there."""

    async def done(pilot: Pilot[Any]) -> None:
        await opened(pilot, tab)
        for key in keys:
            await pilot.press(key)
            await until(pilot, lambda: placed(pilot), "placing")
        await still(pilot)

    return done


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x45"])
@pytest.mark.parametrize(
    ("tab", "keys"),
    [
        pytest.param("images", (), id="images"),
        pytest.param("images", ("n",), id="a-new-image"),
        pytest.param("images", ("down", "e"), id="an-image-edited"),
        pytest.param("images", ("down", "down", "c"), id="an-image-cloned"),
        pytest.param("setups", (), id="setups"),
        pytest.param("setups", ("n",), id="a-new-setup"),
        pytest.param("setups", ("e",), id="a-setup-edited"),
        pytest.param("setups", ("m",), id="simulated"),
        pytest.param("setups", ("m", "plus", "plus", "plus"), id="simulated-four-times"),
        pytest.param("setups", ("m", "down", "enter"), id="reasons-of-a-host"),
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
