"""How configurations, a start as it goes, and setting a project look, small and large.

After a change that is meant, `make test ARGS="tests/screens/test_pictures_of_configs.py
--snapshot-update"` keeps the new pictures; look at them first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.screens import fake_configs
from tests.screens.driving import opened, said, still, until
from tests.screens.fakes import FakeEnclave
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.backend.errors import NoHost, Refused

sizes = pytest.mark.parametrize("size", [(80, 24), (160, 45)], ids=["80x24", "160x45"])
Compare = Callable[..., bool]
NOWHERE = NoHost("No host of realm local can take it", fake_configs.AGAINST)


def after(tab: str, *keys: str, wait_for: str) -> Callable[[Pilot[Any]], Awaitable[None]]:
    """What is done before the picture is taken: going to a tab, and pressing keys there."""

    async def done(pilot: Pilot[Any]) -> None:
        await opened(pilot, tab)
        for key in keys:
            await pilot.press(key)
        await until(pilot, lambda: wait_for in said(pilot), wait_for)
        await still(pilot)

    return done


@sizes
@pytest.mark.parametrize(
    ("tab", "keys", "wait_for"),
    [
        pytest.param("configs", (), "VM Configurations", id="configs"),
        pytest.param("configs", ("n",), "Hardware setup", id="a-new-one"),
        pytest.param("configs", ("e",), "from the next start", id="one-edited-while-it-runs"),
        pytest.param("configs", ("d",), "Delete genome-7?", id="one-deleted"),
        pytest.param("running", ("down", "p"), "now in genomics/trial-7", id="a-project-set"),
    ],
)
def test_it_looks_as_it_did(
    snap_compare: Compare,
    console: TicryptApp,
    size: tuple[int, int],
    tab: str,
    keys: tuple[str, ...],
    wait_for: str,
) -> None:
    steps = after(tab, *keys, wait_for=wait_for)
    assert snap_compare(console, terminal_size=size, run_before=steps)


@sizes
def test_a_start_under_way(
    snap_compare: Compare, console: TicryptApp, enclave: FakeEnclave, size: tuple[int, int]
) -> None:
    enclave.under_way = fake_configs.under_way()
    enclave.gates["config.start"] = asyncio.Event()
    steps = after("configs", "down", "s", wait_for="Unless it registers")
    assert snap_compare(console, terminal_size=size, run_before=steps)


@sizes
def test_a_start_that_came_up(
    snap_compare: Compare, console: TicryptApp, enclave: FakeEnclave, size: tuple[int, int]
) -> None:
    enclave.under_way = fake_configs.up()
    enclave.answers["config.start"] = "vm-8c1e"
    steps = after("configs", "down", "s", wait_for="It runs on node01")
    assert snap_compare(console, terminal_size=size, run_before=steps)


@sizes
def test_a_start_that_no_host_can_take(
    snap_compare: Compare, console: TicryptApp, enclave: FakeEnclave, size: tuple[int, int]
) -> None:
    enclave.under_way = fake_configs.nowhere()
    enclave.answers["config.start"] = NOWHERE
    steps = after("configs", "down", "s", wait_for="node04: state is disabled")
    assert snap_compare(console, terminal_size=size, run_before=steps)


@sizes
def test_a_project_that_is_not_above(
    snap_compare: Compare, console: TicryptApp, enclave: FakeEnclave, size: tuple[int, int]
) -> None:
    enclave.answers["vm.set_project"] = Refused(
        "genomics/trial-7 is not below imaging.", "A VM can only move up: to genomics."
    )
    steps = after("running", "down", "p", "right", "ctrl+s", wait_for="is not below imaging")
    assert snap_compare(console, terminal_size=size, run_before=steps)
