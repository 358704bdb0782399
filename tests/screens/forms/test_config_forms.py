"""Making, starting and tagging by keys: on a real store, with hosts that are played."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from tests.backend.conftest import Opener, host_of
from tests.backend.play import PlayHost
from tests.backend.services.belonging import populate
from tests.screens.driving import allowed, dialog, line, opened, said, table, until
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
from ticrypt_tui.backend.store.tables.machines import Vm
from ticrypt_tui.screens.dialogs.form import FormDialog
from ticrypt_tui.widgets.picker import Picker

SIZE = (100, 32)
ALICES = {"name": "g7", "setup": "tiny", "owner": "alice", "team": "genomics", "project": "trial-7"}


@pytest.fixture(autouse=True)
async def _people(enclave: Enclave, config: str) -> None:
    await populate(enclave)


def offered(pilot: Pilot[Any], argument: str) -> list[str]:
    """What a field offers to choose from."""
    picker = field(pilot, argument).widget
    assert isinstance(picker, Picker)
    return [each.name for each in picker.options]


def put(pilot: Pilot[Any], argument: str, name: str) -> None:
    """Choose an object by its name."""
    picker = field(pilot, argument).widget
    assert isinstance(picker, Picker)
    picker.put(next(each.id for each in picker.options if each.name == name))


async def real_host(pilot: Pilot[Any]) -> PlayHost:
    """The host of the console on screen, with the volume."""
    host = host_of(await hosts_reached(pilot))
    host.give_pool()
    host.give_volume("tiny.qcow2")
    await own(pilot).discovery.reread([host.address.host_id])
    return host


async def closed(pilot: Pilot[Any]) -> None:
    await until(pilot, lambda: not isinstance(pilot.app.screen, FormDialog), "saving")


async def running(enclave: Enclave, name: str, project: str) -> str:
    """The ID of a running VM in a project."""
    await enclave.run("config.create", {"name": name, "setup": "tiny"})
    vm_id: str = await enclave.run("config.start", {"config": name})
    async with enclave.change() as session:
        row = await session.get_one(Vm, vm_id)
        row.project_id = f"project-{project}"
        session.add(row)
    return vm_id


async def test_the_teams_and_projects_that_are_offered_are_the_owners(
    enclave: Enclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "configs")
        await form_opened(pilot, "n")
        assert offered(pilot, "team") == ["none"]
        put(pilot, "owner", "alice")
        await pilot.pause()
        assert offered(pilot, "team") == ["none", "genomics"]
        assert offered(pilot, "project") == ["Unlocked", "genomics", "genomics/trial-7"]
        put(pilot, "team", "genomics")
        put(pilot, "owner", "bob")
        await pilot.pause()
        assert offered(pilot, "team") == ["none", "imaging"]
        assert form(pilot).values["team"] == ""


async def test_a_new_configuration_is_made_and_selected(
    enclave: Enclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "configs")
        await form_opened(pilot, "n")
        await type_in(pilot, "name", "g7")
        put(pilot, "owner", "alice")
        await pilot.pause()
        put(pilot, "team", "genomics")
        put(pilot, "project", "genomics/trial-7")
        await pilot.press("ctrl+s")
        await closed(pilot)
        row = await enclave.find("config", "g7")
        assert (row.owner, row.team, row.project) == ("alice", "genomics", "genomics/trial-7")
        await until(pilot, lambda: table(pilot).cursor_id == row.id, "selecting it")


async def test_an_owner_who_is_not_active_is_told_beside_the_owner(
    enclave: Enclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "configs")
        await form_opened(pilot, "n")
        await type_in(pilot, "name", "g7")
        put(pilot, "owner", "gone")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: wrong(pilot, "owner"), "the refusal")
        assert "gone is not active" in wrong(pilot, "owner")


async def test_an_edit_while_its_vm_runs_says_before_and_after_when_it_holds(
    enclave: Enclave, console: TicryptApp, config: str
) -> None:
    vm_id = await enclave.run("config.start", {"config": config})
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "configs")
        await form_opened(pilot, "e")
        assert "stays as it is: a change holds from the next start" in said(pilot)
        await type_in(pilot, "name", "later")
        await pilot.press("ctrl+s")
        await closed(pilot)
        await until(pilot, lambda: "saved" in line(pilot, "keys"), "the message")
        assert f"{vm_id} runs on as it is" in line(pilot, "keys")


async def test_s_starts_it_and_shows_how_it_came_up(
    enclave: Enclave, console: TicryptApp, config: str
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "configs")
        await real_host(pilot)
        await allowed(pilot, "s")
        await pilot.press("s")
        await until(pilot, lambda: "It runs on node01, as vm-" in said(pilot), "the start")
        shown = " ".join(said(pilot).split())
        for stage in ("scheduling", "starting", "booting", "running"):
            assert f"✓ {stage}" in shown
        assert (await enclave.find("config", config)).state == "running"


async def test_a_start_that_no_host_can_take_says_so_host_by_host(
    enclave: Enclave, console: TicryptApp, config: str
) -> None:
    await enclave.run("host.change_state", {"host": "node01", "state": "no scheduler"})
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "configs")
        await real_host(pilot)
        await allowed(pilot, "s")
        await pilot.press("s")
        await until(pilot, lambda: "✗ scheduling" in said(pilot), "the failure")
        lines = [each.strip() for each in said(pilot).splitlines()]
        assert "No host of realm Lab can take it." in lines
        assert any(each.startswith("node01: ") for each in lines)


async def test_several_are_started_at_once_with_a_result_for_each(
    enclave: Enclave, console: TicryptApp, config: str
) -> None:
    await enclave.run("config.create", {"name": "second", "setup": "tiny"})
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "configs")
        await real_host(pilot)
        await until(pilot, lambda: table(pilot).counts.total == 2, "both rows")
        await pilot.press("space", "space")
        await allowed(pilot, "s")
        await pilot.press("s")
        assert "Start 2 VM configurations?" in await dialog(pilot)
        await pilot.press("left", "enter")
        await until(pilot, lambda: "2 done" in said(pilot), "both")
        for name in ("tiny", "second"):
            assert (await enclave.find("config", name)).state == "running"


async def test_the_projects_that_are_offered_are_above_the_present_one(
    enclave: Enclave, console: TicryptApp
) -> None:
    vm_id = await running(enclave, "g7", "arm-b")
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "running")
        await form_opened(pilot, "p")
        assert "now in genomics/trial-7/arm-b. Only a project above it" in said(pilot)
        assert offered(pilot, "project") == ["genomics", "genomics/trial-7"]
        put(pilot, "project", "genomics/trial-7")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "g7 is in genomics/trial-7 now" in line(pilot, "keys"))
        assert (await enclave.find("vm", vm_id)).project == "genomics/trial-7"


async def test_what_another_console_did_meanwhile_is_refused_with_both_paths(
    enclave: Enclave, console: TicryptApp
) -> None:
    vm_id = await running(enclave, "g7", "arm-b")
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "running")
        await form_opened(pilot, "p")
        put(pilot, "project", "genomics/trial-7")
        await enclave.run("vm.set_project", {"vm": vm_id, "project": "genomics"})
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "genomics is not below genomics/trial-7." in said(pilot))
        assert "Nothing is above it." in said(pilot)


async def test_several_are_tagged_with_a_result_for_each(
    enclave: Enclave, console: TicryptApp
) -> None:
    await running(enclave, "deep", "arm-b")
    await running(enclave, "other", "imaging")
    await running(enclave, "up", "trial-7")
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "running")
        await until(pilot, lambda: table(pilot).counts.total == 3, "all three")
        await pilot.press("space", "space", "space")
        await form_opened(pilot, "p")
        put(pilot, "project", "genomics/trial-7")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "1 done · 2 refused" in said(pilot), "the results")
        shown = " ".join(said(pilot).split())
        assert "deep is in genomics/trial-7 now" in shown
        assert "It is in genomics/trial-7 already" in shown
        assert "imaging is at the top" in shown


async def test_a_user_makes_one_of_his_own_though_he_sees_no_setups_or_people(
    enclave: Enclave, open_enclave: Opener
) -> None:
    await enclave.run("config.create", {**ALICES, "name": "there"})
    hers = TicryptApp(lambda: open_enclave("alice"))
    async with hers.run_test(size=SIZE) as pilot:
        await opened(pilot, "configs")
        await form_opened(pilot, "n")
        assert offered(pilot, "owner") == ["you", "alice"]
        assert offered(pilot, "team") == ["none", "genomics"]
        await type_in(pilot, "name", "mine")
        put(pilot, "team", "genomics")
        await pilot.press("ctrl+s")
        await closed(pilot)
        assert (await enclave.find("config", "mine")).owner == "alice"
