"""How the log files beside the audit tail look, and what is found in one.

After a change that is meant, `make test ARGS="tests/screens/test_pictures_of_followed_files.py
--snapshot-update"` keeps the new pictures; look at them first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.screens.driving import line, still, until
from tests.screens.fake_followed import followed
from tests.screens.fakes import FakeEnclave
from tests.screens.test_followed_files import heads
from ticrypt_tui.app import TicryptApp

SMALL, LARGE = (80, 24), (160, 45)
Compare = Callable[..., bool]


def pressing(*keys: str, seen: str) -> Callable[[Pilot[Any]], Awaitable[None]]:
    """Go to the audit tab, press keys there, and wait until their effect is seen."""

    async def press(pilot: Pilot[Any]) -> None:
        app = pilot.app
        assert isinstance(app, TicryptApp)
        await until(pilot, lambda: app.console_state.enclave is not None, "opening")
        await pilot.press("colon", *"audit", "enter")
        await until(pilot, lambda: "7 shown" in line(pilot, "heading"), "reading the records")
        await pilot.press(*keys)
        await until(pilot, lambda: seen in heads(pilot), seen)
        await still(pilot)

    return press


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x45"])
@pytest.mark.parametrize(
    "press",
    [
        pytest.param(pressing(seen="[0 audit]"), id="tail"),
        pytest.param(pressing("1", seen="of 300 lines"), id="followed"),
        pytest.param(pressing("2", seen="of 5 lines"), id="rotated"),
        pytest.param(pressing("3", seen="There is no"), id="missing"),
        pytest.param(pressing("1", "f", *"carol", "enter", seen="5.31 GiB"), id="found"),
    ],
)
def test_it_looks_as_it_did(
    snap_compare: Compare,
    console: TicryptApp,
    enclave: FakeEnclave,
    size: tuple[int, int],
    press: Callable[[Pilot[Any]], Awaitable[None]],
) -> None:
    enclave.followed = followed()
    assert snap_compare(console, terminal_size=size, run_before=press)
