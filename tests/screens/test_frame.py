"""What is around every tab: prompts, dock, messages, help, banner."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from tests.screens.driving import dialog, line, opened, said, table, until
from tests.screens.fakes import FakeCaller, FakeEnclave, FakeRecord, FakeStatus
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.screens.audit_dock import AuditDock
from ticrypt_tui.screens.going import meant
from ticrypt_tui.screens.messages import Tone
from ticrypt_tui.screens.tabs import TABS

SIZE = (160, 45)
NAMES = ["realms", "running", "service", "services", "setups"]


@pytest.mark.parametrize(
    ("word", "tab"), [("rea", "realms"), ("service", "service"), (" RUN ", "running")]
)
def test_a_whole_name_or_a_unique_start_means_one_tab(word: str, tab: str) -> None:
    assert meant(word, NAMES) == (tab, "")


def test_a_start_of_several_names_is_ambiguous_and_names_them() -> None:
    assert meant("r", NAMES) == ("", "r can mean realms or running.")


def test_a_name_of_no_tab_is_told_with_those_there_are() -> None:
    assert meant("pools", NAMES)[1].startswith("There is no tab pools. There are realms, running")


async def test_an_ambiguous_start_leaves_the_prompt_open_and_says_so(console: TicryptApp) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "past")
        await pilot.press("colon", "r", "enter")
        await until(pilot, lambda: "r can mean realms or running." in said(pilot))
        await pilot.press("u", "tab", "enter")
        await until(pilot, lambda: console.current_mode == "running")


async def test_the_dock_is_the_same_on_every_tab(console: TicryptApp, enclave: FakeEnclave) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot)
        await pilot.press("a")
        await until(pilot, lambda: "7 shown" in line(pilot, "dock-heading"))
        await pilot.press("colon", *"past", "enter")
        await until(pilot, lambda: console.current_mode == "past")
        await until(pilot, lambda: console.screen.query(AuditDock))
        enclave.record(FakeRecord(1205, "vm.logs", "done", "tiny-0"))
        await until(pilot, lambda: "8 shown" in line(pilot, "dock-heading"))
        await pilot.press("a")
        await until(pilot, lambda: not console.screen.query(AuditDock))
        await pilot.press("q")
        await until(pilot, lambda: console.current_mode == "running")
        await until(pilot, lambda: not console.screen.query(AuditDock))


async def test_where_there_is_no_dock_its_keys_are_not_offered(console: TicryptApp) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "realms")
        assert {"a", "A"} <= {*console.screen.active_bindings}
        await pilot.press("colon", *"audit", "enter")
        await until(pilot, lambda: console.current_mode == "audit")
        assert not {"a", "A"} & {*console.screen.active_bindings}
        await pilot.press("a")
        assert not console.console_state.dock_open


async def test_the_keys_go_into_the_dock_and_back(console: TicryptApp) -> None:
    async with console.run_test(size=SIZE) as pilot:
        screen = await opened(pilot)
        await pilot.press("A")
        await until(pilot, lambda: screen.focus_in_dock)
        await until(pilot, lambda: "V verify" in line(pilot, "keys"))
        await pilot.press("A")
        assert screen.focused is screen.table
        await until(pilot, lambda: "K shut down" in line(pilot, "keys"))


async def test_a_line_of_the_dock_shows_its_whole_record(console: TicryptApp) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot)
        await pilot.press("A")
        await until(pilot, lambda: "7 shown" in line(pilot, "dock-heading"))
        await pilot.press("enter")
        await until(pilot, lambda: "Audit record 1204" in said(pilot))


async def test_messages_are_kept_with_their_time_until_they_are_read(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    enclave.status = FakeStatus(messages=("vm.shutdown tiny-9 by bob was interrupted.",))
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot)
        assert "1 message" in line(pilot, "status")
        await pilot.press("M")
        await until(pilot, lambda: len(console.screen_stack) > 1)
        view = console.screen.view  # type: ignore[attr-defined]
        (shown,) = [each.text for each in view._ring.shown]
        assert shown == "14:05:31  · note      vm.shutdown tiny-9 by bob was interrupted."
        await pilot.press("q")
        assert "message" not in line(pilot, "status")


async def test_help_lists_the_keys_that_work_here_and_why_one_would_not(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    enclave.reasons["vm.shutdown", "vm-stale"] = "Its host does not answer."
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot)
        await pilot.press("question_mark")
        says = await dialog(pilot)
        assert "K" in says
        assert "not now: Its host does not answer." in says
        assert "every tab, action and object" in says
        await pilot.press(*"refresh")
        await until(pilot, lambda: "refresh now" in said(pilot) and "logs" not in said(pilot))


async def test_a_broken_audit_log_is_a_banner_on_every_tab(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    enclave.status = replace(enclave.status, audit_fault="audit.jsonl: no space left on device.")
    async with console.run_test(size=SIZE) as pilot:
        for tab in ("running", "past"):
            await opened(pilot, tab)
            assert "the audit log cannot be written" in line(pilot, "banner")
            assert "no space left on device" in line(pilot, "banner")


async def test_a_read_only_console_says_so_on_every_tab(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    enclave.caller = FakeCaller(read_only=True)
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot)
        assert "This console is read-only" in line(pilot, "banner")


async def test_a_message_stands_in_the_last_line_until_it_can_have_been_read(
    console: TicryptApp,
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot)
        console.console_state.messages.add(Tone.DONE, "It is done.")
        await pilot.press("down", "up")
        assert "It is done." in line(pilot, "keys")
        assert "M all messages" in line(pilot, "keys")


async def test_the_palette_finds_objects_of_every_tab_and_goes_there(console: TicryptApp) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "realms")
        await pilot.press("ctrl+p")
        await until(pilot, lambda: len(console.screen_stack) > 1)
        await pilot.press(*"vm-past2")
        await until(pilot, lambda: console.screen.query("OptionList").first().option_count == 1)  # type: ignore[attr-defined]
        await pilot.press("down", "enter")
        await until(pilot, lambda: console.current_mode == "past")
        await until(pilot, lambda: table(pilot).cursor_id == "vm-past2")


async def chosen_in_palette(pilot: Pilot[Any], text: str) -> None:
    """Search the palette, and take the first answer."""
    await pilot.press("ctrl+p")
    await until(pilot, lambda: len(pilot.app.screen_stack) > 1, "the palette")
    await pilot.press(*("space" if letter == " " else letter for letter in text))
    options = pilot.app.screen.query_one(OptionList)
    await until(pilot, lambda: options.option_count and _first(options).startswith(text), "it")
    await pilot.press("down", "enter")


def _first(options: OptionList) -> str:
    return str(options.get_option_at_index(0).prompt)


async def test_the_palette_makes_a_new_one_also_where_no_row_is_under_the_cursor(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    enclave.rows["hosts"] = []
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "realms")
        await pilot.press("colon", *"hosts", "enter")
        await until(pilot, lambda: console.current_mode == "hosts")
        await chosen_in_palette(pilot, "new host")
        await until(pilot, lambda: "New host" in said(pilot), "the form")


async def test_the_palette_does_once_what_is_chosen_twice(console: TicryptApp) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "hosts")
        await pilot.press("ctrl+p")
        await until(pilot, lambda: len(console.screen_stack) > 1, "the palette")
        await pilot.press(*"new", "space", *"host")
        options = console.screen.query_one(OptionList)
        await until(pilot, lambda: options.option_count == 1, "the one answer")
        await pilot.press("down")
        palette = console.screen
        chosen = OptionList.OptionSelected(options, options.get_option_at_index(0), 0)
        for _ in range(2):
            palette.post_message(chosen)
        await until(pilot, lambda: "New host" in said(pilot), "the form")
        await until(pilot, lambda: not palette.is_attached, "the palette's end")
        await pilot.press("escape")
        await until(pilot, lambda: len(console.screen_stack) == 1, "no second form")


async def test_the_palette_makes_a_new_one_of_another_tab(console: TicryptApp) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "realms")
        await chosen_in_palette(pilot, "new team")
        await until(pilot, lambda: "New team" in said(pilot), "the form")
        assert console.current_mode == "teams"


async def test_the_palette_offers_of_other_tabs_only_what_is_allowed(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    enclave.reasons["team.create", ""] = "Only an admin may."
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "realms")
        await pilot.press("ctrl+p")
        await until(pilot, lambda: len(console.screen_stack) > 1, "the palette")
        options = console.screen.query_one(OptionList)
        await until(pilot, lambda: options.option_count > 10, "what it offers")
        offered = [str(each.prompt) for each in options.options]
        assert not [each for each in offered if each.startswith("new team")]
        assert [each for each in offered if each.startswith("new drive")]


async def test_the_sidebar_counts_the_rows_of_every_tab(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    counts = console.console_state.counts
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "realms")
        await until(pilot, lambda: len(counts) == len(TABS) - 1)
        assert counts == {tab: len(enclave.rows[tab]) for tab in counts}
        assert counts["running"] == 8
