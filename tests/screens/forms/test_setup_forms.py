"""Making, changing and cloning hardware setups by keys: counts, scripts, warnings, debug."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from tests.backend.conftest import give_room, host_of
from tests.backend.play import PlayHost
from tests.screens.driving import allowed, line, said, shown, table, until
from tests.screens.forms.conftest import (
    field,
    form,
    form_opened,
    hosts_reached,
    own,
    type_in,
    wrong,
)
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.screens.dialogs.form import FormDialog
from ticrypt_tui.widgets.device_list import DeviceLine
from ticrypt_tui.widgets.text_pad import TextPad

SIZE = (80, 24)
SETUP = {"realm": "lab", "name": "small", "image": "tiny", "cores": 2, "memory": "2 GiB"}


@pytest.fixture(autouse=True)
async def image(enclave: Enclave, host: PlayHost) -> None:
    """An image, and a host with 64 cores and 64 GiB."""
    await give_room(enclave)
    wanted = {"realm": "lab", "name": "tiny", "volume": "tiny.qcow2", "os": "linux"}
    await enclave.run("image.create", wanted)


async def on_setups(pilot: Pilot[Any], rows: int) -> None:
    await hosts_reached(pilot)
    await shown(pilot, "setups")
    await until(pilot, lambda: table(pilot).counts.total == rows, "reading")


async def saved(pilot: Pilot[Any]) -> None:
    await pilot.press("ctrl+s")
    await until(pilot, lambda: not isinstance(pilot.app.screen, FormDialog), "saving")


async def setup(enclave: Enclave, name: str = "small") -> Any:
    return await enclave.find("setup", name)


async def new_setup(pilot: Pilot[Any], cores: str = "2") -> None:
    """Open the form, and fill in what is needed."""
    await on_setups(pilot, 0)
    await form_opened(pilot, "n")
    await pilot.press("right")
    field(pilot, "image").enter()
    await pilot.press("right")
    await type_in(pilot, "name", "small")
    await type_in(pilot, "cores", cores)
    await type_in(pilot, "memory", "2")


def script(pilot: Pilot[Any]) -> TextPad:
    pad = field(pilot, "startup_script").widget
    assert isinstance(pad, TextPad)
    return pad


async def test_a_setup_is_made_with_devices_debug_and_a_script(
    enclave: Enclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await new_setup(pilot)
        field(pilot, "debug_pty").enter()
        await until(pilot, lambda: "DEBUG, never for production" in said(pilot))
        await pilot.press("space")
        field(pilot, "startup_script").enter()
        await pilot.press(*"set", "space", "minus", "e", "enter", *"date")
        await saved(pilot)
        row = await setup(enclave)
        assert (row.image, row.cores, row.memory_mib, row.debug_pty) == ("tiny", 2, 2048, True)
        assert row.startup_script == "set -e\ndate"
        await until(pilot, lambda: table(pilot).counts.total == 1)
        assert [column.value(row) for column in table(pilot).columns][1] == "DEBUG"


async def test_what_no_host_could_ever_hold_is_warned_of_and_saved_by_a_second_yes(
    enclave: Enclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await new_setup(pilot, cores="65")
        field(pilot, "devices").enter()
        await pilot.press(*"A100", "enter", "4")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "! No host of the realm could ever hold it" in said(pilot))
        assert "cores short by 1" in said(pilot)
        assert (await enclave.listing("setups")).rows == []
        await saved(pilot)
        row = await setup(enclave)
        assert [str(each) for each in row.devices] == ["A100:4"]


async def test_a_warning_counts_no_more_once_something_else_is_asked_for(
    enclave: Enclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await new_setup(pilot, cores="65")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "No host of the realm" in said(pilot))
        await type_in(pilot, "cores", "66")
        await until(pilot, lambda: "No host of the realm" not in said(pilot))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "cores short by 2" in said(pilot))
        await type_in(pilot, "cores", "64")
        await saved(pilot)
        assert (await setup(enclave)).cores == 64


async def test_what_is_wrong_is_said_beside_its_field(
    enclave: Enclave, console: TicryptApp
) -> None:
    async with console.run_test(size=(100, 45)) as pilot:
        await new_setup(pilot, cores="0")
        assert wrong(pilot, "cores") == "! cores must be at least 1, not 0."
        await type_in(pilot, "memory", "99999999")
        assert "memory must be at most" in wrong(pilot, "memory")
        field(pilot, "devices").enter()
        await pilot.press(*"A100", "enter", "0")
        assert "a kind and how many, 1 to 999" in wrong(pilot, "devices")
        script(pilot).put("date\n\x1b[2J")
        await pilot.pause()
        assert "Line 2 has the control character U+001B" in wrong(pilot, "startup_script")


async def test_an_edit_lists_who_uses_it_and_says_when_it_holds(
    enclave: Enclave, console: TicryptApp
) -> None:
    await enclave.run("setup.create", {**SETUP, "devices": "A100:2", "startup_script": "a\nb"})
    await enclave.run("config.create", {"name": "genome-7", "setup": "small"})
    async with console.run_test(size=SIZE) as pilot:
        await on_setups(pilot, 1)
        await form_opened(pilot, "e")
        assert "1 configuration uses it: genome-7." in said(pilot)
        assert "What you change holds from their next start on, not before." in said(pilot)
        first = form(pilot).query(DeviceLine).first()
        assert (first.kind.value, first.rest.value) == ("A100", "2")
        first.kind.put("")
        first.rest.put("")
        script(pilot).put("")
        await pilot.pause()
        await saved(pilot)
        row = await setup(enclave)
        assert (row.devices, row.startup_script, row.cores) == ((), "", 2)


async def test_a_copy_begins_as_the_original_and_needs_a_name(
    enclave: Enclave, console: TicryptApp
) -> None:
    given = {"devices": "T4:1", "debug_console": "yes", "startup_script": "date"}
    await enclave.run("setup.create", {**SETUP, **given, "cores": 64})
    async with console.run_test(size=SIZE) as pilot:
        await on_setups(pilot, 1)
        await form_opened(pilot, "c")
        values = form(pilot).values
        assert (values["name"], values["cores"], values["devices"]) == ("", "64", ("T4:1",))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: wrong(pilot, "name") == "! It is needed.")
        await type_in(pilot, "name", "copy")
        field(pilot, "debug_console").enter()
        await pilot.press("space", "ctrl+s")
        await until(pilot, lambda: "No host of the realm could ever hold it" in said(pilot))
        await saved(pilot)
        row = await setup(enclave, "copy")
        assert (row.cores, row.startup_script, row.debug) == (64, "date", False)
        assert [str(each) for each in row.devices] == ["T4:1"]
        assert (await setup(enclave)).debug
        await until(pilot, lambda: "Clone copy: saved" in line(pilot, "keys"))


async def test_of_two_who_change_a_setup_the_second_sees_what_the_first_did(
    enclave: Enclave, console: TicryptApp
) -> None:
    await enclave.run("setup.create", {**SETUP, "startup_script": "a\nb"})
    async with console.run_test(size=SIZE) as pilot:
        await on_setups(pilot, 1)
        await form_opened(pilot, "e")
        await enclave.run("setup.edit", {"setup": "small", "startup_script": "a\nc"})
        await type_in(pilot, "cores", "3")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "small was changed meanwhile" in said(pilot))
        assert "was a ⏎ b" in said(pilot)
        assert "theirs  a ⏎ c" in said(pilot)
        pilot.app.screen.query_one("#choice-go").focus()
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, FormDialog), "saving")
        await until(pilot, lambda: "saved" in line(pilot, "keys"))
        row = await setup(enclave)
        assert (row.cores, row.startup_script) == (3, "a\nc")


async def test_a_setup_that_is_used_is_not_deleted_and_says_by_whom(
    enclave: Enclave, console: TicryptApp
) -> None:
    await enclave.run("setup.create", SETUP)
    await enclave.run("config.create", {"name": "genome-7", "setup": "small"})
    async with console.run_test(size=SIZE) as pilot:
        await on_setups(pilot, 1)
        await pilot.press("d")
        await until(pilot, lambda: "1 configuration uses it: genome-7." in said(pilot))


async def test_a_real_simulation_is_shown_and_changes_nothing(
    enclave: Enclave, console: TicryptApp
) -> None:
    await enclave.run("setup.create", SETUP)
    async with console.run_test(size=(140, 30)) as pilot:
        await on_setups(pilot, 1)
        there = host_of(own(pilot))
        there.give_pool()
        there.give_volume("tiny.qcow2")
        await own(pilot).discovery.reread([there.address.host_id])
        await allowed(pilot, "m")
        await pilot.press("m")
        await until(pilot, lambda: "Simulate small ×1 in realm Lab" in said(pilot))
        await until(pilot, lambda: "1 of 1 placed: node01." in said(pilot))
        assert "31 more of these would fit now." in said(pilot)
        await pilot.press("c", *"33", "enter")
        await until(pilot, lambda: "32 of 33 placed: node01 ×32." in said(pilot))
        assert (await enclave.listing("running")).rows == []
