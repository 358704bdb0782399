"""What every screen looks like, at 80×24 and at 160×45: compared cell by cell with the last look.

After a wanted change: `make test ARGS="tests/snapshots --snapshot-update"`; then look at them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.screens.conftest import _fixed_time, _no_hurry  # noqa: F401
from tests.screens.driving import counted, opened, said, still, table, until
from tests.screens.fakes import NOW, FakeCaller, FakeEnclave
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.backend.errors import Failed

Steps = Callable[[Pilot[Any]], Awaitable[None]]
Compare = Callable[..., bool]

SIZES = [(80, 24), (160, 45)]
sizes = pytest.mark.parametrize("size", SIZES, ids=["80x24", "160x45"])


def console(enclave: FakeEnclave, theme: str = "night") -> TicryptApp:
    """A console on an enclave of plain rows, at a fixed time."""

    async def opener() -> FakeEnclave:
        return enclave

    app = TicryptApp(opener, clock=lambda: NOW)
    app.theme = theme
    return app


async def keys(pilot: Pilot[Any], *, tab: str, press: tuple[str, ...], wait_for: str) -> None:
    """Go to a tab, press keys, and wait for what comes of them."""
    app = pilot.app
    assert isinstance(app, TicryptApp)
    if tab == "audit":
        await until(pilot, lambda: app.console_state.enclave is not None)
        await pilot.press("colon", *"audit", "enter")
        await until(pilot, lambda: "7 shown" in said(pilot))
    else:
        await opened(pilot, tab)
    await counted(pilot)
    for each in press:
        await pilot.press(each)
    await until(pilot, lambda: wait_for in said(pilot), wait_for)
    await still(pilot)


def steps(tab: str, *press: str, wait_for: str) -> Steps:
    """What happens before the picture is taken."""
    return partial(keys, tab=tab, press=press, wait_for=wait_for)


SCREENS: dict[str, Steps] = {
    "realms": steps("realms", wait_for="3 of 3"),
    "running": steps("running", wait_for="8 of 8"),
    "running-detail-and-dock": steps("running", "a", "down", "i", wait_for="vm-genome7"),
    "running-marked-and-filtered": steps(
        "running", "slash", *"debug:on", "enter", "escape", "slash", *"tiny", "enter", "space",
        "space", wait_for="2 marked",
    ),
    "past": steps("past", wait_for="4 of 4"),
    "audit": steps("audit", wait_for="7 shown"),
    "audit-record": steps("audit", "enter", wait_for="Audit record 1204"),
    "going": steps("running", "colon", "r", wait_for="realms  running"),
    "help": steps("running", "question_mark", wait_for="Keys in"),
    "logs": steps("running", "l", "2", wait_for="5 of 5 lines"),
    "configuration": steps("realms", "w", wait_for="4 of 4 lines"),
    "shut-down": steps("running", "K", wait_for="Shut down archive-9?"),
    "force-off": steps("running", "K", "tab", "space", "tab", wait_for="Force off archive-9?"),
    "export": steps("running", "x", wait_for="Save to a file"),
}  # fmt: skip


@sizes
@pytest.mark.parametrize("name", SCREENS)
def test_screen(
    name: str, size: tuple[int, int], snap_compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/root")
    app = console(FakeEnclave())
    assert snap_compare(app, terminal_size=size, run_before=SCREENS[name])


@pytest.mark.parametrize("theme", ["day", "ansi"])
@sizes
def test_theme(theme: str, size: tuple[int, int], snap_compare: Compare) -> None:
    app = console(FakeEnclave(), theme)
    before = SCREENS["running-detail-and-dock"]
    assert snap_compare(app, terminal_size=size, run_before=before)


@sizes
def test_refusal(size: tuple[int, int], snap_compare: Compare) -> None:
    enclave = FakeEnclave()
    enclave.reasons["vm.shutdown", "vm-stale"] = "Its host, node05, does not answer."
    before = steps("running", "K", wait_for="Not done")
    assert snap_compare(console(enclave), terminal_size=size, run_before=before)


@sizes
def test_bulk(size: tuple[int, int], snap_compare: Compare) -> None:
    enclave = FakeEnclave()
    enclave.reasons["vm.shutdown", "vm-stale"] = "Its host, node05, does not answer."

    def answer(arguments: dict[str, Any]) -> str:
        if arguments["vm"] == "vm-genome7":
            raise Failed("genome-7 still runs after 120 s.", "Force it off.")
        return "ended: shut down by admin, in 6.4 s"

    enclave.answers["vm.shutdown"] = answer
    before = steps("running", *["space"] * 4, "K", "left", "enter", wait_for="2 done")
    assert snap_compare(console(enclave), terminal_size=size, run_before=before)


@sizes
def test_messages(size: tuple[int, int], snap_compare: Compare) -> None:
    enclave = FakeEnclave()
    said_at_start = ("vm.shutdown tiny-9 by bob was interrupted: its console ended first. It may "
                     "have taken effect; look at the object.",)  # fmt: skip
    enclave.status = replace(enclave.status, messages=said_at_start)
    before = steps("running", "y", "M", wait_for="Messages")
    assert snap_compare(console(enclave), terminal_size=size, run_before=before)


@sizes
def test_empty(size: tuple[int, int], snap_compare: Compare) -> None:
    enclave = FakeEnclave()
    enclave.rows["past"] = []
    app = console(enclave)

    async def before(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: app.console_state.enclave is not None)
        await pilot.press("colon", *"past", "enter")
        await until(pilot, lambda: "No VM has ended yet." in said(pilot))
        await still(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)


@sizes
def test_tab_that_cannot_be_read(size: tuple[int, int], snap_compare: Compare) -> None:
    enclave = FakeEnclave()
    enclave.faults["realms"] = Failed("The database is locked.", "Close what else writes to it.")

    async def before(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: "The database is locked." in said(pilot))
        await still(pilot, uncounted=1)

    assert snap_compare(console(enclave), terminal_size=size, run_before=before)


@sizes
def test_audit_log_that_cannot_be_written(size: tuple[int, int], snap_compare: Compare) -> None:
    enclave = FakeEnclave()
    fault = "/var/lib/ticrypt-tui/audit.jsonl: no space left on device."
    enclave.status = replace(enclave.status, audit_fault=fault, chain="chain not written")
    before = steps("running", "a", wait_for="cannot be written")
    assert snap_compare(console(enclave), terminal_size=size, run_before=before)


@sizes
def test_read_only(size: tuple[int, int], snap_compare: Compare) -> None:
    enclave = FakeEnclave()
    enclave.caller = FakeCaller("mara", "admin", read_only=True)
    for row in enclave.rows["running"]:
        enclave.reasons["vm.shutdown", row.id] = "This console is read-only."
    before = steps("running", wait_for="read-only")
    assert snap_compare(console(enclave), terminal_size=size, run_before=before)


@sizes
def test_opening_that_came_to_nothing(size: tuple[int, int], snap_compare: Compare) -> None:
    async def opener() -> FakeEnclave:
        raise KeyError("still opening")

    app = TicryptApp(opener, clock=lambda: NOW)
    app.theme = "night"

    async def before(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: "still opening" in said(pilot))
        await still(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)


@sizes
def test_a_cursor_whose_vm_is_gone(size: tuple[int, int], snap_compare: Compare) -> None:
    enclave = FakeEnclave()

    async def before(pilot: Pilot[Any]) -> None:
        await opened(pilot)
        await counted(pilot)
        table(pilot).select("vm-tiny2")
        enclave.change("running", [row for row in enclave.rows["running"] if row.id != "vm-tiny2"])
        await until(pilot, lambda: table(pilot).cursor_gone)
        await pilot.press("K")
        await until(pilot, lambda: "tiny-2" in said(pilot))
        await still(pilot)

    app = console(enclave)
    assert snap_compare(app, terminal_size=size, run_before=before)


def test_terminal_that_is_too_small(snap_compare: Compare) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: "40×10" in said(pilot))
        await still(pilot)

    assert snap_compare(console(FakeEnclave()), terminal_size=(40, 10), run_before=before)
