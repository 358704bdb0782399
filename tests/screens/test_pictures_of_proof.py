"""How the audit tab looks: well, with a key that its user reads, and in alarm.

After a change that is meant, `make test ARGS="tests/screens/test_pictures_of_proof.py
--snapshot-update"` keeps the new pictures; look at them first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.screens.driving import line, still, until
from tests.screens.fakes import FakeEnclave, FakeProof
from ticrypt_tui.app import TicryptApp

SMALL, LARGE = (80, 24), (160, 45)
Compare = Callable[..., bool]
WELL = FakeProof()
FORGEABLE = FakeProof(forgeable="root reads the key and could forge them")
OVERDUE = FakeProof(
    heartbeat="heartbeat OVERDUE since 14:05:00",
    alarm="The audit log's heartbeat is overdue since 14:05:00: nobody writes to it.",
)
CUT = FakeProof(
    verified="BROKEN at record 1,201",
    signed="signed to 1,200 by ticrypt-tui/console-1",
    second_sink="second sink FAILS",
    alarm="The audit log is broken: The end of the log was cut off: records 1,201 to 1,204 are "
    "gone from table and file; a checkpoint in the journal was signed for them.",
)


async def audit_tab(pilot: Pilot[Any]) -> None:
    app = pilot.app
    assert isinstance(app, TicryptApp)
    await until(pilot, lambda: app.console_state.enclave is not None, "opening")
    await pilot.press("colon", *"audit", "enter")
    await until(pilot, lambda: "7 shown" in line(pilot, "heading"), "reading the records")
    await still(pilot)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x45"])
@pytest.mark.parametrize(
    "proof",
    [
        pytest.param(WELL, id="well"),
        pytest.param(FORGEABLE, id="forgeable"),
        pytest.param(OVERDUE, id="overdue"),
        pytest.param(CUT, id="cut"),
    ],
)
def test_it_looks_as_it_did(
    snap_compare: Compare,
    console: TicryptApp,
    enclave: FakeEnclave,
    size: tuple[int, int],
    proof: FakeProof,
) -> None:
    enclave.status = replace(enclave.status, proof=proof)
    assert snap_compare(console, terminal_size=size, run_before=audit_tab)
