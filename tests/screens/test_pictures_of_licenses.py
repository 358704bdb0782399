"""How licensing servers, their forms and a re-sync look, small and large.

After a change that is meant, `make test ARGS="tests/screens/test_pictures_of_licenses.py
--snapshot-update"` keeps the new pictures; look at them first.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from tests.screens.driving import dialog, opened, still, until
from tests.screens.fakes import FakeEnclave
from ticrypt_tui.app import TicryptApp

SMALL, LARGE = (80, 24), (160, 45)
Compare = Callable[..., bool]


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x45"])
@pytest.mark.parametrize(
    "keys",
    [
        pytest.param((), id="licensing-servers"),
        pytest.param(("i",), id="one-in-full"),
        pytest.param(("e",), id="one-edited"),
        pytest.param(("R",), id="re-synced"),
    ],
)
def test_it_looks_as_it_did(
    snap_compare: Compare, console: TicryptApp, size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await opened(pilot, "licensing")
        await pilot.press(*keys)
        await still(pilot)

    assert snap_compare(console, terminal_size=size, run_before=before)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x45"])
def test_a_wide_network_is_asked_about_again(
    snap_compare: Compare, console: TicryptApp, size: tuple[int, int]
) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await opened(pilot, "licensing")
        await pilot.press("n")
        await dialog(pilot)
        await pilot.press(*"campus", "tab", *"10.20.0.0/16", "tab", *"443", "ctrl+s")
        await still(pilot)

    assert snap_compare(console, terminal_size=size, run_before=before)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x45"])
def test_an_empty_tab_says_what_it_is_for(
    snap_compare: Compare, enclave: FakeEnclave, console: TicryptApp, size: tuple[int, int]
) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await opened(pilot, "licensing")
        enclave.change("licensing", [])
        await until(pilot, lambda: not console.tab_screen.table.counts.total)  # type: ignore[union-attr]
        await still(pilot)

    assert snap_compare(console, terminal_size=size, run_before=before)
