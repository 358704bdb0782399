"""How service VMs, their forms and dialogs look, in a small terminal and in a large one.

After a change that is meant, `make test ARGS="tests/screens/test_pictures_of_service_vms.py
--snapshot-update"` keeps the new pictures; look at them first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.screens.driving import opened, still
from tests.screens.fake_service_vms import RESTARTED, images, under_way
from tests.screens.fakes import FakeEnclave
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.backend.errors import Failed

SMALL, LARGE = (80, 24), (160, 45)
Compare = Callable[..., bool]

NO_AGENT = Failed("The guest of ubuntu-keeper has no agent that answers.", "Is it installed?")


def after(*keys: str) -> Callable[[Pilot[Any]], Awaitable[None]]:
    """What is done before the picture is taken: pressing keys in the tab."""

    async def done(pilot: Pilot[Any]) -> None:
        await opened(pilot, "service")
        await pilot.press(*keys)
        await still(pilot)

    return done


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x45"])
@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        pytest.param((), "", id="service-vms"),
        pytest.param(("n",), "", id="a-new-service-vm"),
        pytest.param(("G", "e"), "", id="a-service-vm-edited"),
        pytest.param(("G", "s"), "", id="a-service-vm-powered-up"),
        pytest.param(("j", "j", "K"), "", id="a-service-vm-shut-down"),
        pytest.param(("G", "d"), "", id="a-service-vm-deleted"),
        pytest.param(("j", "j", "R"), RESTARTED, id="its-controller-restarted"),
        pytest.param(("j", "j", "R"), NO_AGENT, id="a-guest-without-an-agent"),
    ],
)
def test_it_looks_as_it_did(
    snap_compare: Compare,
    enclave: FakeEnclave,
    console: TicryptApp,
    size: tuple[int, int],
    keys: tuple[str, ...],
    answer: Any,
) -> None:
    enclave.rows["images"] = list(images())
    enclave.under_way, enclave.gates["service_vm.power_up"] = under_way(), asyncio.Event()
    enclave.answers["service_vm.restart_controller"] = answer
    assert snap_compare(console, terminal_size=size, run_before=after(*keys))
