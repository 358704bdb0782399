"""The console from its first frame to its end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.screens.driving import line, opened, said, table, until
from tests.screens.fakes import FakeEnclave
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.backend.errors import ConfigurationError
from ticrypt_tui.screens.messages import Tone
from ticrypt_tui.screens.tab_screen import TabScreen
from ticrypt_tui.screens.tabs import TABS
from ticrypt_tui.widgets.one_line import OneLine

SIZE = (160, 45)


@dataclass
class Gate:
    """An opener that waits until it is let through."""

    enclave: FakeEnclave
    event: asyncio.Event

    async def __call__(self) -> FakeEnclave:
        await self.event.wait()
        return self.enclave


async def test_tabs_and_headings_are_on_screen_while_the_enclave_still_opens() -> None:
    gate = Gate(FakeEnclave(), asyncio.Event())
    app = TicryptApp(gate)
    async with app.run_test(size=SIZE) as pilot:
        app.opening("Building the guest")
        await until(pilot, lambda: "Building the guest …" in said(pilot))
        assert "Building the guest" in line(pilot, "status")
        gate.event.set()
        await until(pilot, lambda: "hosts 25/26 up" in line(pilot, "status"))


async def test_what_the_store_has_is_on_screen_while_the_enclave_still_opens() -> None:
    gate = Gate(FakeEnclave(), asyncio.Event())
    stored = gate.enclave.rows["running"][:2]

    async def look() -> dict[str, list[Any]]:
        return {"running": stored}

    app = TicryptApp(gate, look=look)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.current_mode == TABS[0].name)
        await pilot.press("colon", *"running", "enter")
        await until(pilot, lambda: app.current_mode == "running")
        await until(pilot, lambda: "2 of 2" in line(pilot, "heading"))
        assert "Opening the enclave" in line(pilot, "status")
        await pilot.press("down")
        chosen = table(pilot).cursor_id
        gate.event.set()
        every = len(gate.enclave.rows["running"])
        await until(pilot, lambda: f"{every} of {every}" in line(pilot, "heading"))
        assert table(pilot).cursor_id == chosen
        assert not app.console_state.first_look


async def test_a_configuration_error_leaves_the_screen_with_its_line_and_exit_code() -> None:
    async def opener() -> FakeEnclave:
        raise ConfigurationError("ticrypt-tui.toml: [database] url is missing.")

    app = TicryptApp(opener)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: not app.is_running)
    assert app.return_code == 2


async def test_an_error_that_nobody_foresaw_at_the_opening_stays_on_screen() -> None:
    async def opener() -> FakeEnclave:
        raise KeyError("nobody foresaw this")

    app = TicryptApp(opener)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "nobody foresaw this" in said(pilot))
        (message,) = app.console_state.messages
        assert message.tone is Tone.CRASHED
        assert "Traceback" in message.detail


async def test_an_error_that_nobody_foresaw_in_an_operation_is_told_and_the_console_lives() -> None:
    enclave = FakeEnclave()
    enclave.answers["vm.logs"] = lambda arguments: 1 / 0

    async def opener() -> FakeEnclave:
        return enclave

    app = TicryptApp(opener)
    async with app.run_test(size=SIZE) as pilot:
        await opened(pilot)
        await pilot.press("l")
        await until(pilot, lambda: app.console_state.messages.unread)
        assert "logs in Running VMs: ZeroDivisionError" in line(pilot, "keys")
        await pilot.press("colon", *"past", "enter")
        await until(pilot, lambda: app.current_mode == "past")


async def test_a_terminal_that_is_too_small_is_told_both_sizes_until_it_is_enlarged() -> None:
    async def opener() -> FakeEnclave:
        return FakeEnclave()

    app = TicryptApp(opener)
    async with app.run_test(size=(40, 10)) as pilot:
        await until(pilot, lambda: len(app.screen_stack) > 1)
        assert "40×10" in said(pilot)
        assert "80×24" in said(pilot)
        await pilot.resize_terminal(100, 30)
        await until(pilot, lambda: len(app.screen_stack) == 1)


async def test_closing_lets_a_running_operation_record_how_it_ended_first() -> None:
    enclave = FakeEnclave()
    enclave.gates["vm.shutdown"] = asyncio.Event()
    recorded: list[str] = []

    class Recording(FakeEnclave):
        async def run(self, operation: str, arguments: object) -> object:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                await asyncio.sleep(0.05)
                recorded.append("failed: cancelled")
                raise
            return None

        async def close(self) -> None:
            recorded.append("closed")

    async def opener() -> FakeEnclave:
        return Recording()

    app = TicryptApp(opener)
    async with app.run_test(size=SIZE) as pilot:
        await opened(pilot)
        await pilot.press("K")
        await until(pilot, lambda: len(app.screen_stack) > 1)
        await pilot.press("left", "enter")
        await until(pilot, lambda: len(app.console_state.runs) == 1)
        app.exit()
    assert recorded == ["failed: cancelled", "closed"]


async def test_news_that_comes_while_the_console_closes_has_no_tab_to_be_shown_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tabs: list[TabScreen | None] = []

    def look(_: OneLine) -> None:
        tabs.append(app.tab_screen)

    async def opener() -> FakeEnclave:
        return FakeEnclave()

    app = TicryptApp(opener)
    async with app.run_test(size=SIZE) as pilot:
        await opened(pilot)
        monkeypatch.setattr(OneLine, "on_unmount", look, raising=False)
    assert {*tabs} == {None}


async def test_quitting_while_something_runs_is_asked_about() -> None:
    enclave = FakeEnclave()
    enclave.gates["vm.shutdown"] = asyncio.Event()

    async def opener() -> FakeEnclave:
        return enclave

    app = TicryptApp(opener)
    async with app.run_test(size=SIZE) as pilot:
        await opened(pilot)
        await pilot.press("K")
        await until(pilot, lambda: len(app.screen_stack) > 1)
        await pilot.press("left", "enter")
        await until(pilot, lambda: enclave.ran)
        await pilot.press("ctrl+q")
        await until(pilot, lambda: "Quit while this runs?" in said(pilot))
        assert "shut down archive-9" in said(pilot)
        await pilot.press("enter")
        assert app.is_running


async def test_an_idle_console_leaves_by_itself() -> None:
    enclave = FakeEnclave()
    session = SimpleNamespace(idle_exit=timedelta(seconds=0.2), read_only=False)
    enclave.settings = SimpleNamespace(keys={}, session=session)

    async def opener() -> FakeEnclave:
        return enclave

    app = TicryptApp(opener)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: not app.is_running)
    assert enclave.closed
    assert app.return_code == 0


async def test_a_remapped_key_takes_the_place_of_the_old_one_everywhere() -> None:
    enclave = FakeEnclave()
    enclave.settings = SimpleNamespace(
        keys={"vm.shutdown": "D", "quit": "Q"}, session=enclave.settings.session
    )

    async def opener() -> FakeEnclave:
        return enclave

    app = TicryptApp(opener)
    async with app.run_test(size=SIZE) as pilot:
        await opened(pilot)
        assert "D shut down" in line(pilot, "keys")
        await pilot.press("K")
        assert len(app.screen_stack) == 1
        await pilot.press("D")
        await until(pilot, lambda: "Shut down archive-9?" in said(pilot))


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_on_the_first_screen_leaving_quits(key: str) -> None:
    enclave = FakeEnclave()

    async def opener() -> FakeEnclave:
        return enclave

    app = TicryptApp(opener)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.console_state.enclave)
        await pilot.press(key)
        await until(pilot, lambda: not app.is_running)
    assert enclave.closed
