"""How system services, their restart and their logs look, in a small terminal and a large one.

After a change that is meant, `make test ARGS="tests/screens/test_pictures_of_services.py
--snapshot-update"` keeps the new pictures; look at them first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.screens.driving import opened, still
from tests.screens.fake_units import DIED, NO_SYSTEMD, journals, units_without_systemd
from tests.screens.fakes import FakeEnclave
from ticrypt_tui.app import TicryptApp

SMALL, LARGE = (80, 24), (160, 45)
Compare = Callable[..., bool]
TYPED = ("shift+tab", "shift+tab", *"ticrypt-vm.service", "enter")


def after(*keys: str) -> Callable[[Pilot[Any]], Awaitable[None]]:
    """What is done before the picture is taken: pressing keys in the tab."""

    async def done(pilot: Pilot[Any]) -> None:
        await opened(pilot, "services")
        await pilot.press(*keys)
        await still(pilot)

    return done


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x45"])
@pytest.mark.parametrize(
    "keys",
    [
        pytest.param((), id="services"),
        pytest.param(("G", "R"), id="a-restart-asked-about"),
        pytest.param(("G", "R", *TYPED), id="a-service-that-died"),
        pytest.param(("G", "l"), id="logs"),
        pytest.param(("G", "l", "s", *"1m", "enter"), id="logs-since"),
        pytest.param(("G", "l", "s", *"yesterday", "enter"), id="no-such-moment"),
    ],
)
def test_it_looks_as_it_did(
    snap_compare: Compare,
    enclave: FakeEnclave,
    console: TicryptApp,
    size: tuple[int, int],
    keys: tuple[str, ...],
) -> None:
    enclave.answers["unit.logs"] = journals()
    enclave.answers["unit.restart"] = DIED
    assert snap_compare(console, terminal_size=size, run_before=after(*keys))


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x45"])
def test_without_systemd_it_says_why_and_lists_what_has_a_log(
    snap_compare: Compare, enclave: FakeEnclave, console: TicryptApp, size: tuple[int, int]
) -> None:
    enclave.rows["services"] = list(units_without_systemd())
    enclave.reasons = {("unit.restart", row.id): row.why_not for row in units_without_systemd()}
    enclave.notices["services"] = (f"{NO_SYSTEMD} There is no journal; 1 of 4 have a log file.",)
    assert snap_compare(console, terminal_size=size, run_before=after())
