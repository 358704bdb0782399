"""Making, changing and cloning VM images by keys: free volumes only, and their systems."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from tests.backend.conftest import host_of
from tests.backend.play import PlayHost
from tests.backend.services.images.test_images import give_vm
from tests.screens.driving import line, said, shown, until
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
from ticrypt_tui.widgets.picker import Picker

SIZE = (80, 24)
IMAGE = {"realm": "lab", "name": "tiny", "volume": "tiny.qcow2", "os": "linux"}
VOLUMES = ("other.qcow2", "win11", "win2022")


@pytest.fixture(autouse=True)
def disks(host: PlayHost) -> None:
    """More volumes than one, and a VM's disk among them."""
    host.give_pool()
    for name in VOLUMES:
        host.give_volume(name)
    host.give_volume("vm-1.qcow2", backing="/pool/tiny.qcow2")


async def on_images(pilot: Pilot[Any]) -> None:
    """Go to the tab; the console that is on screen sees the same volumes."""
    mine = await hosts_reached(pilot)
    there = host_of(mine)
    there.give_pool()
    for name in ("tiny.qcow2", *VOLUMES):
        there.give_volume(name)
    there.give_volume("vm-1.qcow2", backing="/pool/tiny.qcow2")
    await mine.discovery.reread([there.address.host_id])
    await shown(pilot, "images")


def offered(pilot: Pilot[Any]) -> dict[str, str]:
    """The volumes to choose from, with what is said of each."""
    picker = field(pilot, "volume").widget
    assert isinstance(picker, Picker)
    return {option.name: option.note for option in picker.options}


async def choose(pilot: Pilot[Any], volume: str) -> None:
    picker = field(pilot, "volume").widget
    assert isinstance(picker, Picker)
    picker.put(next(each.id for each in picker.options if each.name == volume))
    await pilot.pause()


async def saved(pilot: Pilot[Any]) -> None:
    await pilot.press("ctrl+s")
    await until(pilot, lambda: not isinstance(pilot.app.screen, FormDialog), "saving")


async def images(enclave: Enclave) -> list[tuple[str, str, str]]:
    return [(row.name, row.volume, row.os) for row in await image_rows(enclave)]


async def image_rows(enclave: Enclave) -> list[Any]:
    return list((await enclave.listing("images")).rows)


async def test_only_free_volumes_of_the_realm_are_offered_with_what_is_on_them(
    enclave: Enclave, console: TicryptApp
) -> None:
    await enclave.run("image.create", IMAGE)
    async with console.run_test(size=SIZE) as pilot:
        await on_images(pilot)
        await form_opened(pilot, "n")
        await pilot.press("right")
        assert list(offered(pilot)) == ["other.qcow2", "win11", "win2022"]
        assert offered(pilot)["win11"] == "qcow2, 1 GiB · windows, says rule win*"
        assert "OS not known: state it below" in offered(pilot)["other.qcow2"]


async def test_an_image_has_its_volumes_system_unless_nobody_knows_it(
    enclave: Enclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await on_images(pilot)
        await form_opened(pilot, "n")
        await pilot.press("right")
        await type_in(pilot, "name", "mine")
        await choose(pilot, "other.qcow2")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Neither a rule nor an admin says" in wrong(pilot, "os"))
        assert field(pilot, "os").has_focus_within
        await pilot.press("right")
        await saved(pilot)
        assert await images(enclave) == [("mine", "other.qcow2", "linux")]
        row = (await image_rows(enclave))[0]
        assert row.os_said_by.startswith("mara, ")


async def test_another_system_than_the_volumes_is_said_beside_its_field(
    enclave: Enclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await on_images(pilot)
        await form_opened(pilot, "n")
        await pilot.press("right")
        await type_in(pilot, "name", "mine")
        await choose(pilot, "win11")
        field(pilot, "os").enter()
        await pilot.press("right", "ctrl+s")
        await until(pilot, lambda: "Volume win11 holds windows" in wrong(pilot, "os"))
        assert await images(enclave) == []


async def test_an_edit_offers_its_own_volume_too_and_tells_what_uses_it(
    enclave: Enclave, console: TicryptApp
) -> None:
    made = await enclave.run("image.create", IMAGE)
    wanted = {"realm": "lab", "name": "small", "image": "tiny", "cores": 1, "memory": 64}
    await enclave.run("setup.create", wanted)
    await give_vm(enclave, made)
    async with console.run_test(size=SIZE) as pilot:
        await on_images(pilot)
        await form_opened(pilot, "e")
        assert "1 VM runs from it, so its volume stays: genome-7." in said(pilot)
        assert "1 hardware setup: small." in said(pilot)
        assert "tiny.qcow2" in offered(pilot)
        await choose(pilot, "win11")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "1 VM runs from it: genome-7" in said(pilot))
        assert await images(enclave) == [("tiny", "tiny.qcow2", "linux")]


async def test_an_edit_to_another_volume_takes_its_system_over(
    enclave: Enclave, console: TicryptApp
) -> None:
    await enclave.run("image.create", IMAGE)
    async with console.run_test(size=SIZE) as pilot:
        await on_images(pilot)
        await form_opened(pilot, "e")
        await choose(pilot, "win11")
        await saved(pilot)
        assert await images(enclave) == [("tiny", "win11", "windows")]


async def test_a_copy_is_offered_free_volumes_with_the_same_system_only(
    enclave: Enclave, console: TicryptApp
) -> None:
    await enclave.run("image.create", {"realm": "lab", "name": "w", "volume": "win11"})
    async with console.run_test(size=SIZE) as pilot:
        await on_images(pilot)
        await form_opened(pilot, "c")
        assert list(offered(pilot)) == ["win2022"]
        assert form(pilot).values["name"] == ""
        await type_in(pilot, "name", "w")
        assert wrong(pilot, "name") == "! Its realm has a VM image with that already: w"
        await type_in(pilot, "name", "w2")
        await choose(pilot, "win2022")
        await saved(pilot)
        assert ("w2", "win2022", "windows") in await images(enclave)
        await until(pilot, lambda: "Clone w2: saved" in line(pilot, "keys"))


async def test_where_no_volume_is_free_for_a_copy_the_key_says_so(
    enclave: Enclave, console: TicryptApp
) -> None:
    await enclave.run("image.create", IMAGE)
    async with console.run_test(size=SIZE) as pilot:
        await on_images(pilot)
        await own(pilot).listing("volumes")
        await pilot.press("r")
        await until(pilot, lambda: (images_row(pilot).free) == (), "reading")
        await pilot.press("c")
        await until(pilot, lambda: "has no other volume with linux that is free" in said(pilot))


def images_row(pilot: Pilot[Any]) -> Any:
    assert isinstance(pilot.app, TicryptApp)
    return pilot.app.tab_screen.table.cursor_row  # type: ignore[union-attr]
