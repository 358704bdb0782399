"""Making and changing hardware profiles by keys: sizes, devices line by line, and refusals."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot

from tests.backend.play import PlayHost
from tests.screens.driving import dialog, line, said, shown, table, until
from tests.screens.forms.conftest import field, form, form_opened, hosts_reached, type_in, wrong
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.screens.dialogs.form import FormDialog
from ticrypt_tui.widgets.device_list import DeviceLine

SIZE = (80, 24)
PROFILE = {"realm": "lab", "name": "half", "cores": "32", "memory": "64 GiB"}


async def on_profiles(pilot: Pilot[Any], rows: int = 0) -> None:
    """Go to the tab, once its hosts were reached, and wait until it has that many rows."""
    await hosts_reached(pilot)
    await shown(pilot, "profiles")
    await until(pilot, lambda: table(pilot).counts.total == rows, "reading")


async def saved(pilot: Pilot[Any]) -> None:
    await pilot.press("ctrl+s")
    await until(pilot, lambda: not isinstance(pilot.app.screen, FormDialog), "saving")


async def only(enclave: Enclave) -> Any:
    (row,) = (await enclave.listing("profiles")).rows
    return row


async def test_a_profile_is_made_with_its_devices_line_by_line(
    enclave: Enclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await on_profiles(pilot)
        await form_opened(pilot, "n")
        await pilot.press("right")
        await type_in(pilot, "name", "gpu")
        await type_in(pilot, "cores", "64")
        await type_in(pilot, "memory", "512")
        field(pilot, "devices").enter()
        for bus in ("41", "42"):
            await pilot.press(*"A100", "enter", *bus, "colon", "0", "0", "full_stop", "0", "enter")
        assert len(form(pilot).query(DeviceLine)) == 3
        await saved(pilot)
        row = await only(enclave)
        assert (row.cores, row.memory_mib) == (64, 512 * 1024)
        assert [str(each) for each in row.devices] == ["A100@0000:41:00.0", "A100@0000:42:00.0"]


async def test_an_emptied_line_is_a_device_less(enclave: Enclave, console: TicryptApp) -> None:
    await enclave.run("profile.create", {**PROFILE, "devices": "A100@41:00.0,U250@42:00.0"})
    async with console.run_test(size=SIZE) as pilot:
        await on_profiles(pilot, 1)
        opened = await form_opened(pilot, "e")
        assert opened.values["devices"] == ("A100@0000:41:00.0", "U250@0000:42:00.0")
        field(pilot, "devices").enter()
        await pilot.press("end", "ctrl+u", "enter", "end", "ctrl+u", "enter")
        assert len(form(pilot).query(DeviceLine)) == 2
        await saved(pilot)
        assert [str(each) for each in (await only(enclave)).devices] == ["U250@0000:42:00.0"]


async def test_what_is_wrong_is_said_beside_its_field(
    enclave: Enclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await on_profiles(pilot)
        await form_opened(pilot, "n")
        await type_in(pilot, "cores", "0")
        assert wrong(pilot, "cores") == "! cores must be at least 1, not 0."
        await type_in(pilot, "memory", "much")
        assert wrong(pilot, "memory") == (
            "! Expected MiB, or an amount with its unit such as 4 GiB."
        )
        field(pilot, "devices").enter()
        await pilot.press(*"A100", "enter", *"41", "enter")
        assert "a PCI address such as 0000:41:00.0" in wrong(pilot, "devices")


async def test_a_profile_is_not_shrunk_below_what_is_used(
    enclave: Enclave, console: TicryptApp, host: PlayHost, config: str
) -> None:
    await enclave.run("profile.create", PROFILE)
    await enclave.run("host.edit", {"host": "node01", "profile": "half"})
    await enclave.run("config.start", {"config": config})
    async with console.run_test(size=SIZE) as pilot:
        await on_profiles(pilot, 2)
        await form_opened(pilot, "e")
        await type_in(pilot, "memory", "100 MiB")
        told = "It would be too small: on node01 192 MiB are used, 100 are too few."
        assert told in wrong(pilot, "memory").replace("\n", " ")


async def test_a_profile_in_use_is_not_deleted_and_its_host_is_named(
    enclave: Enclave, console: TicryptApp, host: PlayHost
) -> None:
    await enclave.run("profile.create", PROFILE)
    await enclave.run("host.edit", {"host": "node01", "profile": "half"})
    async with console.run_test(size=SIZE) as pilot:
        await on_profiles(pilot, 1)
        await pilot.press("d")
        assert "1 host uses it: node01." in await dialog(pilot)


async def test_the_second_to_save_sees_what_the_first_changed(
    enclave: Enclave, console: TicryptApp
) -> None:
    await enclave.run("profile.create", PROFILE)
    async with console.run_test(size=SIZE) as pilot:
        await on_profiles(pilot, 1)
        await form_opened(pilot, "e")
        await type_in(pilot, "cores", "16")
        await enclave.run("profile.edit", {"profile": "half", "devices": "A100@41:00.0"})
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "half was changed meanwhile" in said(pilot), "the differences")
        assert "Devices   was –\n  mine    –\n  theirs  A100@0000:41:00.0" in said(pilot)
        pilot.app.screen.query_one("#choice-go").focus()
        await pilot.press("enter")
        await until(pilot, lambda: "saved" in line(pilot, "keys"), "saving")
        row = await only(enclave)
        assert (row.cores, len(row.devices)) == (16, 1)
