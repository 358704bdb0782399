"""From a key to an operation: what is asked, what is refused, what came of it."""

from __future__ import annotations

import asyncio
from typing import Any

from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from tests.screens.driving import dialog, line, opened, said, table, until
from tests.screens.fakes import FakeEnclave, FakeLog
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.backend.errors import Failed, Refused
from ticrypt_tui.screens.dialogs.bulk import Bulk
from ticrypt_tui.screens.dialogs.dialog import CANCEL
from ticrypt_tui.screens.dialogs.logs_view import LogsView
from ticrypt_tui.screens.dialogs.refusal import Refusal
from ticrypt_tui.screens.messages import Tone
from ticrypt_tui.screens.too_small import TooSmall
from ticrypt_tui.widgets.choice import Choice
from ticrypt_tui.widgets.tick import Tick

SIZE = (160, 45)


def log_lines(console: TicryptApp) -> list[str]:
    """The lines of the log that is open."""
    assert isinstance(console.screen, LogsView)
    return [each.text for each in console.screen.view._ring.shown]


async def shutdown_dialog(pilot: Pilot[Any], vm: str = "vm-tiny1") -> str:
    await opened(pilot)
    table(pilot).select(vm)
    await pilot.press("K")
    return await dialog(pilot)


async def test_cancel_has_the_focus_so_enter_does_nothing(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await shutdown_dialog(pilot)
        focused = console.screen.focused
        assert isinstance(focused, Choice)
        assert focused.render().plain == "[[ Cancel ]]"
        await pilot.press("enter")
        await until(pilot, lambda: len(console.screen_stack) == 1)
        assert enclave.ran == []


async def test_the_dialog_says_which_vm_where_and_whose(console: TicryptApp) -> None:
    async with console.run_test(size=SIZE) as pilot:
        says = await shutdown_dialog(pilot)
        assert "Shut down tiny-1?" in says
        assert "realm local · host local · owner root · running since 14:00:31" in says


async def test_a_graceful_shutdown_runs_without_force(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await shutdown_dialog(pilot)
        await pilot.press("left", "enter")
        await until(pilot, lambda: enclave.ran)
        assert enclave.ran == [("vm.shutdown", {"vm": "vm-tiny1"})]


async def test_accepting_the_risk_turns_it_to_force_off_and_wants_the_name(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await shutdown_dialog(pilot)
        console.screen.query_one(Tick).focus()
        await pilot.press("space")
        assert "Force off tiny-1?" in said(pilot)
        console.screen.query_one(Input).focus()
        await pilot.press(*"tiny-2", "enter")
        assert "That is not tiny-1. Nothing was done." in said(pilot)
        assert enclave.ran == []
        await pilot.press("backspace", "1", "enter")
        await until(pilot, lambda: enclave.ran)
        assert enclave.ran == [("vm.shutdown", {"vm": "vm-tiny1", "force": True})]


async def delete_dialog(pilot: Pilot[Any]) -> str:
    await opened(pilot, "drives")
    table(pilot).select("drv-88bb02")
    await pilot.press("d")
    return await dialog(pilot)


def at_once(console: TicryptApp, *keys: str) -> None:
    """Keys that come in one burst, before what the first of them does is done."""
    for key in keys:
        console.post_message(events.Key(key, key if len(key) == 1 else None))


async def test_a_name_that_is_typed_at_once_is_taken_though_cancel_has_the_focus(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await delete_dialog(pilot)
        assert isinstance(console.screen.focused, Choice)
        at_once(console, *"scratch", "enter")
        await until(pilot, lambda: enclave.ran, "the deletion")
        assert enclave.ran == [("drive.delete", {"drive": "drv-88bb02"})]


async def test_a_name_that_is_pasted_at_once_is_taken(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await delete_dialog(pilot)
        console.post_message(events.Paste("scratch\n"))
        await until(pilot, lambda: isinstance(console.screen.focused, Input), "the field")
        await pilot.press("enter")
        await until(pilot, lambda: enclave.ran, "the deletion")


async def test_a_name_that_is_not_typed_whole_does_nothing_and_escape_cancels(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await delete_dialog(pilot)
        await pilot.press(*"scr", "enter")
        assert "That is not scratch. Nothing was done." in said(pilot)
        await pilot.press(*["backspace"] * 3, "enter")
        assert "scratch has to be typed first. Nothing was done." in said(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: len(console.screen_stack) == 1, "leaving")
        assert enclave.ran == []


async def test_a_forced_shutdown_takes_a_name_that_is_typed_at_once(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await shutdown_dialog(pilot)
        console.screen.query_one(Tick).focus()
        await pilot.press("space")
        await until(pilot, lambda: "Force off tiny-1?" in said(pilot), "the risk")
        at_once(console, *"tiny", "-", "1", "enter")
        await until(pilot, lambda: enclave.ran, "the force")
        assert enclave.ran == [("vm.shutdown", {"vm": "vm-tiny1", "force": True})]


async def test_an_answer_behind_the_one_that_leaves_a_dialog_takes_nothing_else_away(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await shutdown_dialog(pilot)
        left = console.screen
        for _ in range(3):
            left.post_message(Choice.Pressed(CANCEL))
        await until(pilot, lambda: len(console.screen_stack) == 1, "leaving")
        await until(pilot, lambda: not left.is_attached, "its end")
        assert console.is_running
        assert enclave.ran == []


async def test_a_terminal_that_grows_again_takes_no_dialog_away(console: TicryptApp) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot)
        await pilot.resize_terminal(60, 15)
        await until(pilot, lambda: isinstance(console.screen, TooSmall), "the sentence")
        refusal = Refusal("Not done", "It is being moved.", "")
        console.push_screen(refusal)
        await until(pilot, lambda: console.screen is refusal, "the dialog")
        await pilot.resize_terminal(*SIZE)
        await pilot.pause()
        assert console.screen is refusal
        await pilot.press("escape")
        await until(pilot, lambda: len(console.screen_stack) == 1, "both to be gone")


async def test_a_greyed_action_says_why_when_its_key_is_pressed(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    enclave.reasons["vm.shutdown", "vm-tiny1"] = "Its host does not answer."
    async with console.run_test(size=SIZE) as pilot:
        says = await shutdown_dialog(pilot)
        assert "Not done: shut down tiny-1" in says
        assert "Its host does not answer." in says
        assert enclave.ran == []


async def test_an_action_where_there_is_no_row_says_so(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot)
        await pilot.press("slash", *"no-such-vm", "enter", "l")
        assert "There is no row here." in await dialog(pilot)
        assert enclave.ran == []


async def test_what_an_operation_refuses_is_shown_with_what_would_help(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    enclave.answers["vm.shutdown"] = Refused("It is being moved.", "Wait until it has arrived.")
    async with console.run_test(size=SIZE) as pilot:
        await shutdown_dialog(pilot)
        await pilot.press("left", "enter")
        await until(pilot, lambda: "It is being moved." in said(pilot))
        assert "Wait until it has arrived." in said(pilot)


async def test_what_takes_long_is_shown_as_running_and_can_be_left(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    gate = enclave.gates["vm.shutdown"] = asyncio.Event()
    enclave.answers["vm.shutdown"] = "tiny-1 ended: shut down by admin, in 6.4 s"
    async with console.run_test(size=SIZE) as pilot:
        await shutdown_dialog(pilot)
        await pilot.press("left", "enter")
        await until(pilot, lambda: "1 running" in line(pilot, "status"))
        await pilot.press("colon", *"past", "enter")
        await until(pilot, lambda: console.current_mode == "past")
        gate.set()
        await until(pilot, lambda: "ended: shut down by admin" in line(pilot, "keys"))
        assert "running" not in line(pilot, "status").split("hosts")[0]


async def test_a_failure_that_comes_late_is_a_message_and_interrupts_nothing(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    gate = enclave.gates["vm.shutdown"] = asyncio.Event()
    enclave.answers["vm.shutdown"] = Failed("tiny-1 still runs after 120 s.", "Force it off.")
    async with console.run_test(size=SIZE) as pilot:
        await shutdown_dialog(pilot)
        await pilot.press("left", "enter")
        await until(pilot, lambda: enclave.ran)
        await pilot.press("colon", *"past", "enter")
        gate.set()
        await until(pilot, lambda: console.console_state.messages.unread)
        (message,) = console.console_state.messages
        assert (message.tone, message.text) == (
            Tone.FAILED, "shut down tiny-1: tiny-1 still runs after 120 s. Force it off.",
        )  # fmt: skip
        assert len(console.screen_stack) == 1


async def test_marked_rows_are_named_and_run_and_each_says_what_came_of_it(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    def answer(arguments: dict[str, Any]) -> str:
        if arguments["vm"] == "vm-tiny2":
            raise Failed("Its guest does not react.")
        return "ended"

    enclave.answers["vm.shutdown"] = answer
    enclave.reasons["vm.shutdown", "vm-boot"] = "It is starting."
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot)
        await pilot.press("slash", *"tiny", "enter", "space", "space", "space", "K")
        asked = await dialog(pilot)
        assert "Shut down 2 VMs?" in asked
        assert "tiny-3: It is starting." in asked
        await pilot.press("left", "enter")
        await until(pilot, lambda: isinstance(console.screen, Bulk))
        await until(pilot, lambda: "1 done · 1 failed · 1 refused" in said(pilot))
        assert "Its guest does not react." in said(pilot)


async def test_a_bulk_run_can_be_stopped_before_the_rest_begins(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    gate = enclave.gates["vm.shutdown"] = asyncio.Event()
    enclave.rows["running"] = [
        type(row)(id=f"vm-{n}", name=f"vm-{n:02}")
        for n, row in enumerate([enclave.rows["running"][0]] * 12)
    ]
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot)
        await pilot.press(*["space"] * 12, "K")
        await dialog(pilot)
        await pilot.press("left", "enter")
        await until(pilot, lambda: "8 running · 4 left" in said(pilot))
        await pilot.press("left", "enter")
        gate.set()
        await until(pilot, lambda: "8 done · 4 not begun" in said(pilot))
        assert len(enclave.ran) == 8


async def test_forcing_several_wants_their_number_typed(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot)
        await pilot.press("space", "space", "K")
        await dialog(pilot)
        console.screen.query_one(Tick).focus()
        await pilot.press("space")
        console.screen.query_one(Input).focus()
        await pilot.press("2", "enter")
        await until(pilot, lambda: len(enclave.ran) == 2)
        assert all(arguments["force"] for _, arguments in enclave.ran)


async def test_logs_are_chosen_among_and_one_that_cannot_be_read_says_why(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    enclave.answers["vm.logs"] = (
        FakeLog("events", (b"14:00:09 placed\n",)),
        FakeLog("serial console", (b"half a li", b"ne\n")),
        FakeLog("qemu", fault=Failed("Permission denied on node03:/var/log/libvirt.")),
    )
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot)
        await pilot.press("l")
        await until(pilot, lambda: isinstance(console.screen, LogsView))
        await until(pilot, lambda: "[1 events]" in said(pilot))
        await pilot.press("2")
        await until(pilot, lambda: log_lines(console) == ["half a line"])
        await pilot.press("tab")
        await until(pilot, lambda: "Permission denied on node03" in said(pilot))


async def test_a_realms_configuration_is_shown_as_text(console: TicryptApp) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "realms")
        await pilot.press("w")
        await until(pilot, lambda: "view configuration of fleet (simulated)" in said(pilot))
        assert "4 of 4 lines" in said(pilot)
