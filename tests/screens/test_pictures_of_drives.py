"""How drives, their charts, the dialogs about their keys and the passphrase look, small and large.

After a change that is meant, `make test ARGS="tests/screens/test_pictures_of_drives.py
--snapshot-update"` keeps the new pictures; look at them first.
"""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from tests.screens.driving import opened, still, until
from tests.screens.fakes import FakeEnclave
from tests.screens.test_pictures_of_images import LARGE, SMALL, Compare, after
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.widgets.charts import BarChart


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x45"])
@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(("i",), id="a-drive"),
        pytest.param(("s", "r", "tab", "right"), id="shared"),
        pytest.param(("S", "b"), id="unshared"),
    ],
)
def test_it_looks_as_it_did(
    snap_compare: Compare, console: TicryptApp, size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    assert snap_compare(console, terminal_size=size, run_before=after("drives", *keys))


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x45"])
def test_the_charts_look_as_they_did(
    snap_compare: Compare, console: TicryptApp, size: tuple[int, int]
) -> None:
    async def charted(pilot: Pilot[Any]) -> None:
        screen = await opened(pilot, "drives")
        await pilot.press("c")
        await until(pilot, lambda: all(each.drawn for each in screen.query(BarChart)), "drawing")
        await still(pilot)

    assert snap_compare(console, terminal_size=size, run_before=charted)


def test_the_passphrase_looks_as_it_did(
    snap_compare: Compare, console: TicryptApp, enclave: FakeEnclave
) -> None:
    enclave.keys.locked = True
    keys = ("s", "r", "ctrl+s")
    assert snap_compare(console, terminal_size=SMALL, run_before=after("drives", *keys))
