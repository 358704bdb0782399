"""What a table shows, as CSV, and where it is written."""

from __future__ import annotations

import csv
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input

from tests.screens.driving import dialog, line, opened, said, saved_to, until
from tests.screens.fakes import NOW, FakeEnclave, running
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.screens import running as running_tab
from ticrypt_tui.screens.export import csv_text
from ticrypt_tui.screens.saving import suggested
from ticrypt_tui.text import csv_cell

SIZE = (160, 45)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "  =cmd", "=名前", "＝1"])
def test_a_cell_that_a_spreadsheet_would_run_is_quoted(text: str) -> None:
    assert csv_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["genome-7", "–", "", "10.4.0.17", "a=b"])
def test_any_other_cell_is_as_it_is_shown(text: str) -> None:
    assert csv_cell(text) == text


def test_a_formula_behind_a_tab_or_a_new_line_is_none() -> None:
    for before in "\t\r\n":
        assert csv_cell(f"{before}=1").startswith(("' =", "\\u{"))


def test_commas_quotes_and_control_characters_survive_the_way_there_and_back() -> None:
    row = replace(running()[0], name='one, "two"\x1b[2J')
    read = list(csv.DictReader(csv_text(running_tab.TAB.columns, [row]).splitlines()))
    assert read[0]["NAME"] == 'one, "two"\\u{1b}[2J'


def test_a_file_is_named_after_what_it_holds_and_when() -> None:
    assert suggested("logs of ../tiny 1", ".log", NOW).name == "logs-of-tiny-1-20261121-140531.log"


async def test_the_rows_that_the_filter_shows_are_written_in_their_order_for_their_owner_only(
    console: TicryptApp, tmp_path: Path
) -> None:
    path = tmp_path / "running.csv"
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot)
        await pilot.press("slash", *"tiny", "enter", "minus", "x")
        await dialog(pilot)
        console.screen.query_one(Input).value = str(path)
        await pilot.press("enter")
        await until(pilot, lambda: "3 lines were saved" in line(pilot, "keys"))
    with path.open(encoding="utf-8", newline="") as file:
        assert [row["NAME"] for row in csv.DictReader(file)] == ["tiny-3", "tiny-2", "tiny-1"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_file_that_is_there_is_never_overwritten(
    console: TicryptApp, enclave: FakeEnclave, tmp_path: Path
) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("mine", encoding="utf-8")
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot)
        await pilot.press("x")
        await dialog(pilot)
        console.screen.query_one(Input).value = str(path)
        await pilot.press("enter")
        await until(pilot, lambda: console.console_state.messages.unread)
        assert "was not written: File exists." in line(pilot, "keys")
    assert path.read_text(encoding="utf-8") == "mine"


async def test_a_configuration_is_searched_and_saved(console: TicryptApp, tmp_path: Path) -> None:
    path = tmp_path / "realm.log"
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "realms")
        await pilot.press("w")
        await until(pilot, lambda: "4 of 4 lines" in said(pilot))
        await pilot.press("slash", *"nowhere", "enter")
        await until(pilot, lambda: "It is nowhere in these lines." in said(pilot))
        await pilot.press("escape", "ampersand", *"name", "enter")
        await until(pilot, lambda: "1 of 4 lines" in said(pilot))
        await pilot.press("x")
        await until(pilot, lambda: "Save to a file" in said(pilot))
        console.screen.query_one(Input).value = str(path)
        await pilot.press("enter")
        await saved_to(pilot, path)
    assert path.read_text(encoding="utf-8") == 'name = "local"\n'
