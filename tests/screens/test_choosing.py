"""What a form says of what may be chosen, and of what has to be chosen before."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot

from tests.screens.driving import opened
from tests.screens.fake_configs import GENOMICS
from tests.screens.fake_drives import drive_choices
from tests.screens.fakes import FakeEnclave
from tests.screens.forms.conftest import field, form_opened
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.screens.configs import drive_note
from ticrypt_tui.widgets.picker import Picker
from ticrypt_tui.widgets.several import Several

SIZE = (80, 24)


def picker(pilot: Pilot[Any], argument: str) -> Picker:
    widget = field(pilot, argument).widget
    assert isinstance(widget, Picker)
    return widget


async def test_before_its_realm_is_chosen_a_volume_says_that_that_comes_first(
    console: TicryptApp,
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "images")
        await form_opened(pilot, "n")
        volume = picker(pilot, "volume")
        assert "choose the realm first" in volume.render().plain
        picker(pilot, "realm").put("local")
        await pilot.pause()
        assert "choose" in volume.render().plain
        assert "first" not in volume.render().plain


async def test_where_a_realm_has_none_that_is_said(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "images")
        await form_opened(pilot, "n")
        picker(pilot, "realm").put("fleet")
        await pilot.pause()
        assert "the realm has none" in picker(pilot, "volume").render().plain


async def test_where_none_goes_with_what_is_chosen_that_is_said(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    in_projects = [each for each in drive_choices() if each.project_id is not None]
    enclave.rows["drivechoices"] = in_projects
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "configs")
        await form_opened(pilot, "n")
        drives = field(pilot, "drives").widget
        assert isinstance(drives, Several)
        assert "none fits what is chosen above" in drives.render().plain
        picker(pilot, "project").put(GENOMICS)
        await pilot.pause()
        assert drives.options
        assert "none fits" not in drives.render().plain


async def test_what_need_not_be_chosen_says_so_too(console: TicryptApp) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "hosts")
        await form_opened(pilot, "n")
        profile = picker(pilot, "profile")
        assert "choose the realm first" in profile.render().plain
        picker(pilot, "realm").put("local")
        await pilot.pause()
        assert "none" in profile.render().plain


def test_an_unlocked_drive_says_why_a_project_can_only_read_it() -> None:
    said = {each.name: drive_note(each) for each in drive_choices()}
    assert "Unlocked: in a project ro only" in said["reference:ro"]
    assert "ro only" not in said["reference:rw"]
    assert "ro only" not in said["genome-data:ro"]


async def test_the_form_says_which_drives_go_with_a_project(console: TicryptApp) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "configs")
        opened_form = await form_opened(pilot, "n")
        field(pilot, "drives").enter()
        await pilot.pause()
        assert "Unlocked ones ro only, lest data leave it" in opened_form.help
