"""The table of a tab: what stays put while rows come and go, and what is said of them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from textual import events
from textual.widgets import Static

from tests.screens.driving import counted, dialog, line, opened, said, table, until
from tests.screens.fakes import FakeEnclave, running
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.screens.tabs import TABS
from ticrypt_tui.widgets.sections import Sections

SIZE = (160, 45)


async def test_the_cursor_stays_on_its_vm_while_others_come_and_go(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot)
        table(pilot).select("vm-tiny2")
        newcomers = [replace(running()[0], id=f"vm-{n}", name=f"a-{n}") for n in range(40)]
        enclave.change("running", [*newcomers, *running()[2:]])
        await until(pilot, lambda: table(pilot).counts.total == 46)
        assert table(pilot).cursor_id == "vm-tiny2"


async def test_an_action_on_a_vm_that_is_gone_is_refused_with_a_notice(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot)
        table(pilot).select("vm-tiny2")
        enclave.change("running", [row for row in running() if row.id != "vm-tiny2"])
        await until(pilot, lambda: table(pilot).cursor_gone)
        await pilot.press("K")
        notice = await dialog(pilot)
        assert "tiny-2" in notice
        assert "gone" in notice
        assert enclave.ran == []


async def test_after_a_step_the_cursor_acts_again(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot)
        table(pilot).select("vm-tiny2")
        enclave.change("running", [row for row in running() if row.id != "vm-tiny2"])
        await until(pilot, lambda: table(pilot).cursor_gone)
        await pilot.press("up", "K")
        assert "Shut down tiny-1?" in await dialog(pilot)


async def test_the_filter_counts_what_it_shows_as_it_is_typed(console: TicryptApp) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot)
        await pilot.press("slash", *"debug:DEBUG")
        await until(pilot, lambda: table(pilot).counts.shown == 3)
        await pilot.press("enter")
        assert "3 of 8 · filter: debug:DEBUG" in line(pilot, "heading")


async def test_a_filter_that_says_nothing_is_explained_and_the_last_good_one_holds(
    console: TicryptApp,
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot)
        await pilot.press("slash", *"nocolumn:x", "enter")
        assert "There is no column nocolumn" in said(pilot)
        await pilot.press("escape")
        assert table(pilot).counts.shown == 8


async def test_leaving_the_filter_line_leaves_the_filter_as_it_was(console: TicryptApp) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot)
        await pilot.press("slash", *"tiny", "enter")
        await pilot.press("slash", "x", "x", "escape")
        assert table(pilot).filter_text == "tiny"


async def test_keys_that_come_in_one_burst_each_go_where_the_one_before_led(
    console: TicryptApp,
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot)
        for key, character in (("colon", ":"), *((each, each) for each in "past"), ("enter", "")):
            console.post_message(events.Key(key, character or None))
        console.post_message(events.Key("k", "k"))
        await until(pilot, lambda: console.current_mode == "past")
        await until(pilot, lambda: not console.screen_stack[0].query("Prompt"))
        assert not console.console_state.dock_open


async def test_escape_closes_the_details_then_the_filter_then_the_marks_then_goes_back(
    console: TicryptApp,
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        screen = await opened(pilot)
        await pilot.press("slash", *"tiny", "enter", "space", "enter")
        assert screen.has_class("-detail")
        await pilot.press("escape")
        assert not screen.has_class("-detail")
        assert table(pilot).filter_text == "tiny"
        await pilot.press("escape")
        assert table(pilot).filter_text == ""
        assert table(pilot).counts.marked == 1
        await pilot.press("escape")
        assert table(pilot).counts.marked == 0
        await pilot.press("escape")
        await until(pilot, lambda: console.current_mode == "realms")
        await pilot.press("escape")
        assert console.is_running


async def test_an_empty_tab_says_why(console: TicryptApp, enclave: FakeEnclave) -> None:
    enclave.rows["running"] = []
    async with console.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: console.console_state.enclave)
        await pilot.press("colon", *"run", "enter")
        await until(pilot, lambda: "No VM is running." in said(pilot))


def is_at(console: TicryptApp, tab: str) -> bool:
    return console.current_mode == tab


async def test_every_empty_tab_says_what_it_is_and_which_key_makes_the_first_one(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    enclave.rows |= {tab.name: [] for tab in TABS if tab.name != "audit"}
    enclave.settings.keys["new"] = "f7"
    async with console.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: console.console_state.enclave)
        for tab in TABS:
            if tab.name == "audit":
                continue
            await pilot.press("colon", *tab.name, "enter")
            await until(pilot, partial(is_at, console, tab.name), tab.name)
            await until(pilot, lambda: not said(pilot).count("Reading "), "reading")
            sentence = console.screen.query_one("#sentence", Static)
            text = str(sentence.render())
            assert len(text.split(". ")) > 1, tab.name
            assert "{" not in text, tab.name
            makes = any(not each.on_row and each.key == "n" for each in tab.actions)
            assert ("f7" in text) is makes, tab.name


async def test_a_filter_that_hides_every_row_says_how_to_get_them_back(
    console: TicryptApp,
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot)
        await pilot.press("slash", *"nothing-like-it", "enter")
        await until(pilot, lambda: "No VM fits the filter. escape clears it." in said(pilot))


async def test_a_tab_that_cannot_be_read_says_the_reason_and_reads_again_on_request(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    enclave.faults["running"] = Failed("The database is locked.", "Close the other program.")
    async with console.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: console.console_state.enclave)
        await pilot.press("colon", *"run", "enter")
        await until(pilot, lambda: "The database is locked." in said(pilot))
        enclave.faults.clear()
        await pilot.press("r")
        await until(pilot, lambda: table(pilot).counts.total == 8)


async def test_rows_that_could_not_be_read_again_stay_and_are_called_old(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot)
        enclave.faults["running"] = Failed("The database is locked.")
        await pilot.press("r")
        await until(pilot, lambda: "These rows are old: The database is locked." in said(pilot))
        assert table(pilot).counts.total == 8


async def test_a_tab_out_of_sight_reads_nothing_until_it_is_seen(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        screen = await opened(pilot)
        await pilot.press("q")
        await until(pilot, lambda: console.current_mode == "realms")
        enclave.change("running", running()[:1])
        await pilot.pause()
        assert screen.table.counts.total == 8
        await pilot.press("colon", *"run", "enter")
        await until(pilot, lambda: screen.table.counts.total == 1)


async def test_changes_are_gathered_into_few_readings(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot)
        await counted(pilot)  # which reads every tab once
        before = enclave.listings
        for _ in range(200):
            enclave.change("running", running())
        await until(pilot, lambda: enclave.listings > before)
        assert enclave.listings - before < 10


async def test_copying_an_id_says_where_it_went(console: TicryptApp) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot)
        table(pilot).select("vm-tiny2")
        await pilot.press("y")
        assert console.clipboard == "vm-tiny2"
        assert "The ID vm-tiny2 was sent to the terminal." in line(pilot, "keys")


async def test_the_sort_column_is_chosen_and_turned_round(console: TicryptApp) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot)
        await pilot.press("greater_than_sign", "greater_than_sign", "minus")
        assert "sorted by state ▼" in line(pilot, "heading")


async def test_details_follow_the_cursor(console: TicryptApp) -> None:
    async with console.run_test(size=SIZE) as pilot:
        screen = await opened(pilot)
        await pilot.press("i")
        await until(pilot, lambda: "vm-stale" in said(pilot))
        assert screen.query_one(Sections).region.width == 54
        await pilot.press("down")
        await until(pilot, lambda: "vm-genome7" in said(pilot))


async def test_in_a_narrow_terminal_details_take_the_place_of_the_table(
    console: TicryptApp,
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press("i")
        await until(pilot, lambda: "vm-stale" in said(pilot))
        assert screen.query_one(Sections).region.width == 80
        assert screen.table.region.width == 0
        await pilot.press("escape")
        assert screen.focused is screen.table
