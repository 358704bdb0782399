"""Registering and changing hosts by keys: on a real store, with consoles that get in each other's
way."""

from __future__ import annotations

import asyncio
from typing import Any

from textual.pilot import Pilot
from textual.widgets import OptionList

from tests.backend.conftest import host_of
from tests.backend.play import PlayDriver, PlayHost, domain
from tests.backend.services.hosts.test_hosts import DeadDriver
from tests.screens.driving import allowed, dialog, line, said, shown, table, until
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

SIZE = (80, 24)
LAB = {"realm": "lab"}
PROFILE = {**LAB, "name": "half", "cores": "32", "memory": "64 GiB"}


async def on_hosts(pilot: Pilot[Any]) -> None:
    """Go to the tab, once its hosts were reached."""
    await hosts_reached(pilot)
    await shown(pilot, "hosts")


async def new_host(pilot: Pilot[Any], name: str = "node01") -> FormDialog:
    """Open the form for a host of the realm Lab, and fill in what is needed."""
    await on_hosts(pilot)
    opened = await form_opened(pilot, "n")
    await pilot.press("right")
    await type_in(pilot, "name", name)
    await type_in(pilot, "uri", f"play://{name}")
    return opened


async def rows(enclave: Enclave) -> list[Any]:
    return list((await enclave.listing("hosts")).rows)


async def test_a_host_is_tried_then_saved_and_what_libvirt_answered_is_shown_before(
    enclave: Enclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await new_host(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "✓ node1 answered in" in said(pilot), "the answer")
        assert "libvirt 9.0.0, QEMU 7.2.22 · 8 cores · 16 GiB · 0 VMs running" in said(pilot)
        assert await rows(enclave) == []
        await pilot.press("ctrl+s")
        await until(pilot, lambda: not isinstance(pilot.app.screen, FormDialog), "saving")
        (row,) = await rows(enclave)
        assert (row.name, row.uri, row.state) == ("node01", "play://node01", "enabled")
        await until(pilot, lambda: "New host node01: saved. node1 answered" in line(pilot, "keys"))


async def test_a_silent_host_is_saved_only_after_a_second_yes(
    enclave: Enclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await new_host(pilot)
        own(pilot).drivers["lab"] = DeadDriver()
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "! No answer. The cable is out." in said(pilot), "the answer")
        assert await rows(enclave) == []
        await pilot.press("ctrl+s")
        await until(pilot, lambda: not isinstance(pilot.app.screen, FormDialog), "saving")
        assert [row.name for row in await rows(enclave)] == ["node01"]


async def test_another_uri_is_tried_anew(enclave: Enclave, console: TicryptApp) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await new_host(pilot)
        own(pilot).drivers["lab"] = DeadDriver()
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "No answer" in said(pilot))
        own(pilot).drivers["lab"] = PlayDriver()
        await type_in(pilot, "uri", "play://node02")
        assert "No answer" not in said(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "✓ node1 answered" in said(pilot))


async def test_what_is_wrong_is_said_beside_its_field_while_it_is_typed(
    enclave: Enclave, console: TicryptApp, host: PlayHost
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await new_host(pilot, "node01")
        await until(pilot, lambda: wrong(pilot, "name"))
        assert wrong(pilot, "name") == "! Its realm has a host with that already: node01"
        await type_in(pilot, "name", "node02")
        assert wrong(pilot, "name") == ""
        await type_in(pilot, "nat_port_base", "many")
        assert wrong(pilot, "nat_port_base") == "! Expected a whole number."
        await type_in(pilot, "nat_address", "10.0.0")
        assert "is no IPv4 address" in wrong(pilot, "nat_address")


async def test_what_is_missing_is_said_when_it_is_to_be_saved(
    enclave: Enclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await on_hosts(pilot)
        await form_opened(pilot, "n")
        assert wrong(pilot, "name") == ""
        await pilot.press("ctrl+s")
        await until(pilot, lambda: wrong(pilot, "name"))
        assert [wrong(pilot, each) for each in ("realm", "name", "uri", "profile")] == [
            "! It is needed.", "! It is needed.", "! It is needed.", ""
        ]  # fmt: skip
        assert field(pilot, "realm").has_focus_within
        await type_in(pilot, "name", "node01")
        assert [wrong(pilot, each) for each in ("realm", "name")] == ["! It is needed.", ""]


async def test_a_uri_of_another_driver_is_said_beside_it_while_the_form_is_filled_in(
    enclave: Enclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await new_host(pilot)
        await type_in(pilot, "uri", "esx://node01")
        await pilot.press("down")
        await until(pilot, lambda: wrong(pilot, "uri"))
        assert wrong(pilot, "uri") == "! esx://node01 is no URI of a play host."
        await pilot.press("ctrl+s")
        await until(pilot, lambda: field(pilot, "uri").has_focus_within, "going there")
        assert await rows(enclave) == []


async def test_a_host_that_another_console_deletes_is_told_of_while_its_form_is_open(
    enclave: Enclave, console: TicryptApp, host: PlayHost
) -> None:
    async with console.run_test(size=(120, 40)) as pilot:
        await on_hosts(pilot)
        await form_opened(pilot, "e")
        await type_in(pilot, "name", "mine")
        await enclave.run("host.delete", {"host": "node01"})
        await until(pilot, lambda: "node01 was deleted meanwhile" in said(pilot), "the word of it")
        assert form(pilot).filling.makes
        assert form(pilot).values["name"] == "mine"
        assert field(pilot, "name").has_focus_within


async def test_only_profiles_of_the_chosen_realm_are_offered(
    enclave: Enclave, console: TicryptApp
) -> None:
    await enclave.run("profile.create", PROFILE)
    await enclave.run("profile.create", {**PROFILE, "realm": "attic", "name": "upstairs"})
    async with console.run_test(size=SIZE) as pilot:
        await new_host(pilot)
        field(pilot, "profile").enter()
        await pilot.press("right", "right", "enter")
        await dialog(pilot)
        offered = pilot.app.screen.query_one(OptionList).options
        assert [str(each.prompt).split()[0] for each in offered] == ["none", "half"]
        await pilot.press(*"hal", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, FormDialog))
        chosen = form(pilot).values["profile"]
        field(pilot, "realm").enter()
        await pilot.press("right")
        assert chosen.startswith("profile-")
        assert form(pilot).values["profile"] == ""


async def test_escape_leaves_at_once_or_asks_where_something_was_typed(
    enclave: Enclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await on_hosts(pilot)
        await form_opened(pilot, "n")
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, FormDialog), "leaving")
        await new_host(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: "Leave the form?" in said(pilot))
        await pilot.press("enter")  # Cancel has the focus
        await until(pilot, lambda: isinstance(pilot.app.screen, FormDialog), "the form again")
        assert form(pilot).values["name"] == "node01"


async def test_nothing_changed_is_nothing_saved(
    enclave: Enclave, console: TicryptApp, host: PlayHost
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await on_hosts(pilot)
        await form_opened(pilot, "e")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Nothing is changed yet." in said(pilot))


async def test_an_edit_saves_what_was_changed(
    enclave: Enclave, console: TicryptApp, host: PlayHost
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await on_hosts(pilot)
        opened = await form_opened(pilot, "e")
        assert opened.values["uri"] == "play://node01"
        await type_in(pilot, "name", "first")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: not isinstance(pilot.app.screen, FormDialog), "saving")
        (row,) = await rows(enclave)
        assert (row.name, row.uri) == ("first", "play://node01")
        assert (await enclave.records())[-1].detail.keys() == {"host", "name", "version"}


async def test_the_second_to_save_sees_what_the_first_changed_and_chooses(
    enclave: Enclave, console: TicryptApp, host: PlayHost
) -> None:
    async with console.run_test(size=(120, 40)) as pilot:
        await on_hosts(pilot)
        await form_opened(pilot, "e")
        await type_in(pilot, "name", "mine")
        theirs = {"name": "theirs", "nat_address": "192.0.2.10"}
        await enclave.run("host.edit", {"host": "node01", **theirs})
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "was changed meanwhile" in said(pilot), "the differences")
        told = said(pilot)
        assert "Name   was node01\n  mine    mine\n  theirs  theirs" in told
        assert "NAT address   was –\n  mine    –\n  theirs  192.0.2.10" in told
        pilot.app.screen.query_one("#choice-go").focus()
        await pilot.press("enter")
        await until(pilot, lambda: "saved" in line(pilot, "keys"), "saving")
        (row,) = await rows(enclave)
        assert (row.name, row.nat_address) == ("mine", "192.0.2.10")


async def test_their_change_stays_where_theirs_is_chosen(
    enclave: Enclave, console: TicryptApp, host: PlayHost
) -> None:
    async with console.run_test(size=(120, 40)) as pilot:
        await on_hosts(pilot)
        await form_opened(pilot, "e")
        await type_in(pilot, "name", "mine")
        await type_in(pilot, "nat_port_base", "7000")
        await enclave.run("host.edit", {"host": "node01", "name": "theirs"})
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "was changed meanwhile" in said(pilot), "the differences")
        await pilot.press("right")
        pilot.app.screen.query_one("#choice-go").focus()
        await pilot.press("enter")
        await until(pilot, lambda: "saved" in line(pilot, "keys"), "saving")
        (row,) = await rows(enclave)
        assert (row.name, row.nat_port_base) == ("theirs", 7000)


async def test_a_host_that_was_deleted_meanwhile_can_be_saved_anew_with_all_that_was_typed(
    enclave: Enclave, console: TicryptApp, host: PlayHost
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await on_hosts(pilot)
        await form_opened(pilot, "e")
        await type_in(pilot, "nat_port_base", "7000")
        await enclave.run("host.delete", {"host": "node01"})
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "node01 was deleted meanwhile" in said(pilot), "the news")
        assert "Nothing typed is lost." in said(pilot)
        assert form(pilot).values["nat_port_base"] == "7000"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "✓ node1 answered" in said(pilot), "the answer")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: not isinstance(pilot.app.screen, FormDialog), "saving")
        (row,) = await rows(enclave)
        assert (row.name, row.uri, row.nat_port_base) == ("node01", "play://node01", 7000)


# Its state


async def test_disabling_a_host_with_vms_lists_them_and_wants_its_name_typed(
    enclave: Enclave, console: TicryptApp, host: PlayHost
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await on_hosts(pilot)
        host_of(own(pilot)).show(domain("stranger", "genome-7"))
        await until(pilot, lambda: getattr(table(pilot).cursor_row, "vms", 0))
        await form_opened(pilot, "s")
        await pilot.press("left", "ctrl+s")
        await until(pilot, lambda: "Type node01 to go on" in said(pilot), "the question")
        assert "The console will neither see nor stop 1 VM there" in said(pilot)
        assert "genome-7" in said(pilot)
        pilot.app.screen.query_one("Input").focus()
        await pilot.press(*"node01", "enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, FormDialog), "changing")
        await until(pilot, lambda: "node01 is disabled" in line(pilot, "keys"), "the message")
        assert (await rows(enclave))[0].state == "disabled"


async def test_marked_hosts_change_their_state_together_with_a_result_each(
    enclave: Enclave, console: TicryptApp, host: PlayHost
) -> None:
    off = {"uri": "play://node02", "state": "no scheduler"}
    await enclave.run("host.create", {**LAB, "name": "node02", **off})
    async with console.run_test(size=SIZE) as pilot:
        await on_hosts(pilot)
        await pilot.press("space", "space")
        await form_opened(pilot, "s")
        assert "Change state of 2 hosts" in said(pilot)
        await pilot.press("right", "ctrl+s")
        await until(pilot, lambda: "1 done · 1 refused" in said(pilot), "the results")
        assert "It is no scheduler already." in said(pilot)
        states = {row.name: row.state for row in await rows(enclave)}
        assert states == {"node01": "no scheduler", "node02": "no scheduler"}


async def test_the_utilization_is_shown_with_who_holds_what(
    enclave: Enclave, console: TicryptApp, host: PlayHost, config: str
) -> None:
    await enclave.run("config.start", {"config": config})
    async with console.run_test(size=(120, 40)) as pilot:
        await on_hosts(pilot)
        await allowed(pilot, "u")
        await pilot.press("u")
        await until(pilot, lambda: "Utilization of node01" in said(pilot), "the view")
        told = said(pilot)
        assert "libvirt says: 8 cores" in told
        assert "tiny" in told


async def test_libvirts_xml_of_a_host_is_a_key_away(
    enclave: Enclave, console: TicryptApp, host: PlayHost
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await on_hosts(pilot)
        await allowed(pilot, "w")
        await pilot.press("w")
        await until(pilot, lambda: "XML of node01" in said(pilot), "the XML")


async def test_a_form_that_is_left_while_it_saves_tells_how_that_ended(
    enclave: Enclave, console: TicryptApp, host: PlayHost
) -> None:
    gate = asyncio.Event()
    async with console.run_test(size=SIZE) as pilot:
        await on_hosts(pilot)
        opened = await form_opened(pilot, "e")
        save = opened.filling.save

        async def late(arguments: Any) -> Any:
            await gate.wait()
            return await save(arguments)

        opened.filling.save = late  # type: ignore[method-assign]
        await type_in(pilot, "name", "first")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Saving …" in said(pilot), "saving")
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, FormDialog), "leaving")
        gate.set()
        await until(pilot, lambda: "Edit node01: first: saved" in line(pilot, "keys"), "the end")
