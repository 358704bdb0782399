"""Drives by keys: who is offered, what is said before, the key's passphrase, and the charts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.screens.driving import dialog, line, opened, said, table, until
from tests.screens.fake_configs import IMAGING, TRIAL
from tests.screens.fake_drives import R, drives
from tests.screens.fakes import FakeEnclave
from tests.screens.forms.conftest import field, form, form_opened, type_in
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.backend.errors import KeyLocked, Refused
from ticrypt_tui.screens.charting import counted
from ticrypt_tui.screens.declaration import Chart
from ticrypt_tui.screens.dialogs.form import FormDialog
from ticrypt_tui.screens.dialogs.passphrase import Passphrase
from ticrypt_tui.screens.resource_screen import ResourceScreen
from ticrypt_tui.widgets.charts import BarChart, gathered
from ticrypt_tui.widgets.picker import Picker
from ticrypt_tui.widgets.several import Several

SIZE = (160, 45)


async def chosen(pilot: Pilot[Any], key: str, drive: str = "scratch") -> None:
    """Press a key on a drive, and have the form that comes up."""
    await opened(pilot, "drives")
    row = next(row for row in table(pilot).rows if row.name == drive)
    table(pilot).select(row.id)
    await form_opened(pilot, key)


def offered(pilot: Pilot[Any], argument: str) -> list[str]:
    """What a field offers to choose from."""
    widget = field(pilot, argument).widget
    assert isinstance(widget, Picker | Several)
    return [each.name for each in widget.options]


def put(pilot: Pilot[Any], argument: str, value: str) -> None:
    field(pilot, argument).editor.put(value)


async def asked_for_passphrase(pilot: Pilot[Any]) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, Passphrase), "the question")


# The passphrase


async def test_a_locked_key_is_asked_for_again_until_it_opens_and_then_it_is_done(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    enclave.keys.locked = True
    async with console.run_test(size=SIZE) as pilot:
        await chosen(pilot, "s")
        put(pilot, "user", "user-alice")
        await pilot.press("ctrl+s")
        await asked_for_passphrase(pilot)
        assert R in said(pilot)
        assert pilot.app.screen.query_one(Input).password
        await pilot.press(*"wrong", "enter")
        await until(pilot, lambda: "Type the passphrase again." in said(pilot), "the refusal")
        assert pilot.app.screen.query_one(Input).value == ""
        assert enclave.ran == []
        enclave.keys.gate.clear()
        await pilot.press(*"right", "enter")
        await until(pilot, lambda: "this takes about a second" in said(pilot), "the note")
        enclave.keys.gate.set()
        await until(pilot, lambda: enclave.ran, "sharing")
        shared = {"drive": "drv-88bb02", "user": "user-alice"}
        assert enclave.ran == [("drive.share", shared)]


@pytest.mark.parametrize("tab", ["drives", "configs"])
async def test_a_key_that_was_forgotten_meanwhile_is_asked_for_once_more(
    console: TicryptApp, enclave: FakeEnclave, tab: str
) -> None:
    def forgotten(arguments: Mapping[str, Any]) -> str:
        if len(enclave.ran) == 1:
            enclave.keys.locked = True
            raise KeyLocked("Your key is locked.")
        return "vm-1"

    enclave.answers |= {"drive.share": forgotten, "config.start": forgotten}
    async with console.run_test(size=SIZE) as pilot:
        if tab == "drives":
            await chosen(pilot, "s")
            put(pilot, "user", "user-alice")
            await pilot.press("ctrl+s")
        else:
            await opened(pilot, "configs")
            await pilot.press("s")
            await dialog(pilot)
            await pilot.press("left", "enter")
        await asked_for_passphrase(pilot)
        await pilot.press(*"right", "enter")
        await until(pilot, lambda: len(enclave.ran) == 2, "doing it again")
        first, again = enclave.ran
        assert first == again


async def test_leaving_the_passphrase_does_nothing_and_keeps_what_was_filled_in(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    enclave.keys.locked = True
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "drives")
        await form_opened(pilot, "n")
        await type_in(pilot, "name", "mine")
        await type_in(pilot, "size", "20")
        put(pilot, "tier", "flash")
        await pilot.press("ctrl+s")
        await asked_for_passphrase(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, FormDialog), "the form")
        assert form(pilot).values["name"] == "mine"
        assert enclave.ran == []


async def test_who_has_no_key_is_told_how_to_make_one(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    enclave.keys.locked = True
    enclave.keys.none = Refused("You have no key.", "`ticrypt-tui keys new` makes one.")
    async with console.run_test(size=SIZE) as pilot:
        await chosen(pilot, "s")
        put(pilot, "user", "user-alice")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "`ticrypt-tui keys new` makes one." in said(pilot), "the word")
        assert enclave.ran == []


async def test_what_takes_no_key_asks_for_none(console: TicryptApp, enclave: FakeEnclave) -> None:
    enclave.keys.locked = True
    async with console.run_test(size=SIZE) as pilot:
        await chosen(pilot, "t", "reference")
        assert offered(pilot, "user") == ["bob"]
        put(pilot, "user", "user-bob")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: enclave.ran, "handing it over")
        assert enclave.ran == [("drive.transfer", {"drive": "drv-77aa01", "user": "user-bob"})]


# The forms


async def test_a_drive_that_lasts_to_be_made_is_left_to_the_background_and_told_of_at_its_end(
    console: TicryptApp, enclave: FakeEnclave, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ticrypt_tui.screens.dialogs.form.LETS_GO", 0.05)
    gate = enclave.gates["drive.create"] = asyncio.Event()
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "drives")
        await form_opened(pilot, "n")
        await type_in(pilot, "name", "mine")
        await type_in(pilot, "size", "20")
        put(pilot, "tier", "flash")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: not isinstance(pilot.app.screen, FormDialog), "leaving")
        (ran,) = enclave.ran
        assert ran[1] == {
            "realm": "local", "name": "mine", "tier": "flash", "size": "20 GiB", "format": "EXT4",
            "backup": "yes",
        }  # fmt: skip
        gate.set()
        await until(pilot, lambda: "mine: saved" in line(pilot, "keys"), "the message")


async def test_only_active_people_with_another_key_are_offered_and_their_key_is_shown_whole(
    console: TicryptApp,
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await chosen(pilot, "s", "reference")
        assert offered(pilot, "user") == ["alice", "bob"]
        put(pilot, "mode", "ro")
        await pilot.pause()
        assert offered(pilot, "user") == ["alice", "root"]
        put(pilot, "user", "user-alice")
        await pilot.pause()
        told = said(pilot)
        assert "X7QK-2M9D-VVHE-3JQA-62LN-7YQP-KD4S-BW5C-EZ3G-M6TU-5RHX-JA2N-4RTA" in told
        assert "not by cryptography" in told


async def test_who_is_not_offered_is_told_why_and_a_sole_holder_to_share_first(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await chosen(pilot, "s")
        assert "has registered no key yet" in " ".join(said(pilot).split())
        await pilot.press("escape")
        await chosen(pilot, "t")
        assert "Nobody else holds a key of it: share it first." in said(pilot)


async def test_unsharing_says_of_either_way_what_it_does_not_protect_against(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await chosen(pilot, "S", "genome-data")
        assert offered(pilot, "user") == ["bob"]
        assert "does not help against who kept a copy of the header" in said(pilot)
        put(pilot, "how", "reencrypt")
        await pilot.pause()
        assert "all is copied into a new volume" in said(pilot)
        put(pilot, "user", "user-bob")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: enclave.ran, "taking it back")
        assert enclave.ran[0][1]["how"] == "reencrypt"


async def test_who_holds_no_key_cannot_even_begin_to_share(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    reason = drives()[0].why_not_share
    enclave.reasons["drive.share", "drv-19c0e1"] = reason
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "drives")
        await pilot.press("s")
        assert reason in await dialog(pilot)


async def test_before_a_project_is_set_it_is_said_who_loses_the_use_of_the_drive(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await chosen(pilot, "p", "genome-data")
        put(pilot, "project", IMAGING)
        await pilot.pause()
        assert "alice loses the use of genome-data: not in imaging." in said(pilot)
        put(pilot, "project", TRIAL)
        await pilot.pause()
        assert "nobody loses the use of it" in said(pilot)


async def test_o_goes_to_the_project_of_the_drive_and_says_where_there_is_none(
    console: TicryptApp,
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        screen = await opened(pilot, "drives")
        screen.table.select("drv-77aa01")
        await pilot.press("o")
        await until(pilot, lambda: "it is Unlocked" in line(pilot, "keys").replace("I", "i"))
        screen.table.select("drv-19c0e1")
        await pilot.press("o")
        await until(pilot, lambda: console.tab_screen is not screen, "going there")
        await until(pilot, lambda: table(pilot).cursor_id == TRIAL, "selecting it")


# Starting with drives


async def test_a_start_offers_to_leave_away_what_others_alone_can_open_and_names_them(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    enclave.keys.locked = True
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "configs")
        await pilot.press("s")
        told = await dialog(pilot)
        assert "Start genome-7 without genome-data?" in told
        assert "You hold no key to genome-data; who can open it: alice and bob." in told
        await pilot.press("left", "enter")
        await asked_for_passphrase(pilot)
        await pilot.press(*"right", "enter")
        await until(pilot, lambda: enclave.ran, "starting")
        given = {"config": "config-g7", "without": ["genome-data"]}
        assert enclave.ran == [("config.start", given)]


async def test_a_start_without_drives_asks_for_no_passphrase(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    enclave.keys.locked = True
    async with console.run_test(size=SIZE) as pilot:
        screen = await opened(pilot, "configs")
        screen.table.select("config-i2")
        await pilot.press("s")
        await until(pilot, lambda: enclave.ran, "starting")


async def test_a_configuration_is_offered_the_drives_that_go_with_its_project(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "configs")
        await form_opened(pilot, "e")
        assert offered(pilot, "drives") == [
            "genome-data:rw", "genome-data:ro", "reference:ro", "lab-windows:rw", "lab-windows:ro",
        ]  # fmt: skip
        assert "You hold no key to genome-data; who can open it: alice, bob." in said(pilot)
        put(pilot, "drives", "")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: enclave.ran, "saving")
        assert enclave.ran[0][1]["drives"] == []


# Charts


def charted(console: TicryptApp) -> dict[str, tuple[tuple[str, int], ...]]:
    """What each chart shows."""
    assert isinstance(console.tab_screen, ResourceScreen)
    return {each.heading: each._bars for each in console.tab_screen.query(BarChart)}


async def test_the_charts_count_what_the_filter_shows_and_count_again_when_rows_change(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "drives")
        await pilot.press("c")
        await until(pilot, lambda: charted(console).get("TIERS"), "counting")
        assert charted(console)["TIERS"] == (("flash", 5), ("spindle", 1))
        await pilot.press("slash", *"format:ext4", "enter")
        await until(pilot, lambda: charted(console)["TIERS"] == (("flash", 1),), "the filter")
        rows = [replace(row, tier="spindle") for row in drives()]
        enclave.change("drives", rows)
        await until(pilot, lambda: charted(console)["TIERS"] == (("spindle", 1),), "the change")
        words = str(console.tab_screen.query(BarChart).first()._words.render())  # type: ignore[union-attr]
        assert "spindle" in words
        assert "1" in words


def test_kinds_in_an_order_keep_it_and_others_stand_by_number() -> None:
    by_size = Chart("", str, ("small", "large"))
    assert counted(by_size, ["large", "odd", "large", "small"]) == (
        ("small", 1), ("large", 2), ("odd", 1),
    )  # fmt: skip


def test_more_bars_than_there_is_room_for_become_one_for_all_others() -> None:
    bars = (("a", 1), ("b", 5), ("c", 2), ("d", 3))
    assert gathered(bars, 3) == (("b", 5), ("d", 3), ("2 others", 3))
    assert gathered(bars, 4) == bars
