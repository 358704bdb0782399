"""The tab of licensing servers at work: a second yes, a re-sync, an export, a slow save."""

from __future__ import annotations

import asyncio
import csv
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input

from tests.screens.driving import dialog, line, opened, said, until
from tests.screens.fake_licenses import licenses
from tests.screens.fakes import FakeEnclave
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.services.licensing.changes import Made
from ticrypt_tui.screens.dialogs import form
from ticrypt_tui.screens.licensing import about, tells

SIZE = (160, 45)
WIDE = (*"campus", "tab", *"10.20.0.0/16", "tab", *"443", "ctrl+s")
CREATED = {"name": "campus", "address": "10.20.0.0/16", "ports": "443", "protocol": "tcp"}


async def test_a_wide_network_is_saved_on_the_second_yes_only(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    enclave.answers["license.create"] = Made(("license-old",), "In force on 3 of 3 hosts")
    async with console.run_test(size=SIZE) as pilot:
        screen = await opened(pilot, "licensing")
        await pilot.press("n")
        await dialog(pilot)
        await pilot.press(*WIDE)
        await until(pilot, lambda: "65,536 addresses" in said(pilot))
        assert [each for each, _ in enclave.ran] == ["license.test"]
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "In force on 3 of 3 hosts" in line(pilot, "keys"))
        assert enclave.ran[-1] == ("license.create", {**CREATED, "wide": True})
        row = screen.table.cursor_row
        assert row is not None
        assert row.id == "license-old", "the cursor is on the new entry"


async def test_what_is_changed_after_a_warning_is_looked_at_anew(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "licensing")
        await pilot.press("n")
        await dialog(pilot)
        await pilot.press(*WIDE)
        await until(pilot, lambda: "65,536 addresses" in said(pilot))
        await pilot.press("shift+tab", *(["backspace"] * 20), *"10.20.0.0/24", "ctrl+s")
        await until(pilot, lambda: enclave.ran[-1][0] == "license.create")
        assert "wide" not in enclave.ran[-1][1]


async def test_a_save_that_waits_for_hosts_can_be_left_and_tells_what_came_of_it(
    console: TicryptApp, enclave: FakeEnclave, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form, "LETS_GO", 0.05)
    gate = enclave.gates["license.edit"] = asyncio.Event()
    enclave.answers["license.edit"] = "In force on 2 of 3 hosts. node03: error"
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "licensing")
        await pilot.press("e")
        await dialog(pilot)
        await pilot.press("x", "ctrl+s")
        await until(pilot, lambda: len(console.screen_stack) == 1, "being let go")
        gate.set()
        await until(pilot, lambda: "2 of 3 hosts. node03: error" in line(pilot, "keys"))


async def test_a_re_sync_is_about_all_of_them_and_shows_each_host_and_name(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "licensing")
        await pilot.press("R")
        shown = await dialog(pilot)
        assert enclave.ran == [("license.resync", {})]
        assert "1 host error · 1 host not applied" in shown
        await pilot.press("enter")
        await until(pilot, lambda: "It does not answer since" in said(pilot))


async def test_a_re_sync_that_is_refused_says_why(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    enclave.answers["license.resync"] = Refused("The audit log cannot be written.")
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "licensing")
        await pilot.press("R")
        assert "The audit log cannot be written." in await dialog(pilot)


async def test_what_is_exported_is_what_is_shown_and_goes_on_record_first(
    console: TicryptApp, enclave: FakeEnclave, tmp_path: Path
) -> None:
    path = tmp_path / "licensing.csv"
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "licensing")
        await pilot.press("slash", *"group:maths", "enter", "x")
        await dialog(pilot)
        console.screen.query_one(Input).value = str(path)
        await pilot.press("enter")
        await until(pilot, lambda: "2 lines were saved" in line(pilot, "keys"))
    ids = ["license-sum", "license-matlab"]
    assert enclave.ran == [("license.export", {"licensing": ids})]
    with path.open(encoding="utf-8", newline="") as file:
        assert [row["NAME"] for row in csv.DictReader(file)] == ['\'=SUM(A1), "two"', "MATLAB"]


async def test_an_export_that_is_refused_writes_nothing(
    console: TicryptApp, enclave: FakeEnclave, tmp_path: Path
) -> None:
    path = tmp_path / "licensing.csv"
    enclave.answers["license.export"] = Refused("license.export needs the role admin.")
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "licensing")
        await pilot.press("x")
        await dialog(pilot)
        console.screen.query_one(Input).value = str(path)
        await pilot.press("enter")
        await until(pilot, lambda: "needs the role admin" in line(pilot, "keys"))
    assert not path.exists()


def test_what_deleting_takes_and_what_an_edit_begins_with_are_as_the_entry_stands() -> None:
    matlab, _, expired, *_ = licenses()
    damaged = replace(matlab, active="damaged", damage="Expected ports such as 1717.")
    assert "lose it at once" in about(matlab)[-1]
    assert {about(each)[-1] for each in (expired, damaged)} == {"VMs do not reach it as it is."}
    assert any("Expected ports" in each for each in tells(damaged))
