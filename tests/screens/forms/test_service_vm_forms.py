"""Making, changing, powering and ending service VMs by keys."""

from __future__ import annotations

from time import monotonic
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.backend.conftest import host_of
from tests.backend.play import PlayHost
from tests.screens.driving import PATIENCE, allowed, dialog, line, said, shown, table, until
from tests.screens.forms.conftest import field, form, form_opened, hosts_reached, own, type_in
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.backend.drivers.base import GuestRun
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.store.tables.infrastructure import Host
from ticrypt_tui.backend.store.tables.machines import VmImage
from ticrypt_tui.screens.dialogs.form import FormDialog
from ticrypt_tui.widgets.choice import Choice
from ticrypt_tui.widgets.picker import Picker

SIZE = (80, 24)
WANTED = {"realm": "lab", "name": "keeper", "image": "tiny", "cores": 1, "memory": 192}


@pytest.fixture
async def keeper(enclave: Enclave, config: str) -> str:
    """The ID of the service VM `keeper`, which is off."""
    made: str = await enclave.run("service_vm.create", WANTED)
    return made


async def on_service(pilot: Pilot[Any], rows: int) -> None:
    await hosts_reached(pilot)
    await shown(pilot, "service")
    await until(pilot, lambda: table(pilot).counts.total == rows, "reading")


async def only(enclave: Enclave) -> Any:
    (row,) = (await enclave.listing("service")).rows
    return row


async def becomes(pilot: Pilot[Any], enclave: Enclave, state: str) -> None:
    """Wait until the service VM is in a state."""
    end = monotonic() + PATIENCE
    while (now := (await only(enclave)).state) != state:
        assert monotonic() < end, f"it is {now}"
        await pilot.pause(0.05)


async def equipped(pilot: Pilot[Any]) -> None:
    """Let the host of the console on screen have the volume, too."""
    host = host_of(own(pilot))
    host.give_volume("tiny.qcow2")
    host.give_pool()
    await own(pilot).discovery.reread([host.address.host_id])


async def powered_up(pilot: Pilot[Any]) -> None:
    """Have the service VM on, and the screen show it."""
    await equipped(pilot)
    await own(pilot).run("service_vm.power_up", {"service_vm": "keeper"})
    await until(pilot, lambda: "running" in shown_rows(pilot), "running")


def shown_rows(pilot: Pilot[Any]) -> str:
    """What the lines of the table say."""
    view = table(pilot)
    return "\n".join(view.render_line(line).text for line in range(view.size.height))


async def saved(pilot: Pilot[Any]) -> None:
    await pilot.press("ctrl+s")
    await until(pilot, lambda: not isinstance(pilot.app.screen, FormDialog), "saving")


def labels(pilot: Pilot[Any]) -> str:
    """What the answers of the form on top are called."""
    return " ".join(str(each.render()) for each in form(pilot).query(Choice))


def offered(pilot: Pilot[Any], argument: str) -> list[str]:
    """What a field offers."""
    widget = field(pilot, argument).widget
    assert isinstance(widget, Picker)
    return [option.name for option in widget.options]


async def test_one_is_made_on_an_image_and_a_host_of_its_realm(
    enclave: Enclave, console: TicryptApp, config: str
) -> None:
    async with enclave.change() as session:
        session.add(VmImage(realm_id="attic", name="attics", volume="old.qcow2", os="linux"))
        session.add(Host(realm_id="attic", name="loft", uri="play://loft"))
    async with console.run_test(size=SIZE) as pilot:
        await on_service(pilot, 0)
        opened = await form_opened(pilot, "n")
        assert not {"team", "project", "drives", "owner"} & {*opened.values}
        field(pilot, "realm").editor.put("lab")
        await pilot.pause()
        assert (offered(pilot, "image"), offered(pilot, "host")) == (["tiny"], ["any", "node01"])
        field(pilot, "image").editor.put(form(pilot).filling.options(
            form(pilot).declared["image"], form(pilot).values)[0].id)  # fmt: skip
        await type_in(pilot, "name", "keeper")
        await type_in(pilot, "cores", "2")
        await type_in(pilot, "memory", "4")
        field(pilot, "devices").enter()
        await pilot.press(*"A100", "enter", "2", "enter")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Save all the same" in labels(pilot), "the doubt")
        assert "A100" in said(pilot)
        await saved(pilot)
        row = await only(enclave)
        assert (row.name, row.image, row.cores, row.memory_mib) == ("keeper", "tiny", 2, 4096)
        assert ([*map(str, row.devices)], row.host_id) == (["A100:2"], None)


async def test_it_is_edited_only_while_it_is_off(
    enclave: Enclave, console: TicryptApp, keeper: str, host: PlayHost
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await on_service(pilot, 1)
        await form_opened(pilot, "e")
        await type_in(pilot, "cores", "3")
        await saved(pilot)
        assert (await only(enclave)).cores == 3
        await powered_up(pilot)
        await pilot.press("e")
        assert "It is running: shut it down first." in await dialog(pilot)


async def test_the_second_to_save_sees_what_the_first_changed(
    enclave: Enclave, console: TicryptApp, keeper: str
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await on_service(pilot, 1)
        await form_opened(pilot, "e")
        await type_in(pilot, "cores", "3")
        await enclave.run("service_vm.edit", {"service_vm": keeper, "host": "node01"})
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "keeper was changed meanwhile" in said(pilot), "the differences")
        pilot.app.screen.query_one("#choice-go").focus()
        await pilot.press("enter")
        await until(pilot, lambda: "saved" in line(pilot, "keys"), "saving")
        row = await only(enclave)
        assert (row.cores, row.pinned) == (3, "node01")


async def test_powering_up_shows_each_stage(
    enclave: Enclave, console: TicryptApp, keeper: str
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await on_service(pilot, 1)
        await equipped(pilot)
        await allowed(pilot, "s")
        await pilot.press("s")
        await until(pilot, lambda: "✓ running" in said(pilot), "the last stage")
        told = said(pilot)
        assert "It runs on node01, as vm-" in told
        assert "registering" not in told
        assert "while it is on, it writes the volume tiny.qcow2 itself" in told


async def test_it_is_shut_down_by_the_dialog_of_running_vms_and_forced_off_by_its_name(
    enclave: Enclave, console: TicryptApp, keeper: str
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await on_service(pilot, 1)
        await powered_up(pilot)
        await allowed(pilot, "K")
        await pilot.press("K")
        told = await dialog(pilot)
        assert "Shut down keeper?" in told
        assert "while it is on, it writes the volume tiny.qcow2 itself" in told
        await pilot.press("tab", "space", "tab", *"keeper", "enter")
        await becomes(pilot, enclave, "off")
    assert (await only(enclave)).last.end == "forced off"


async def test_what_the_controllers_restart_wrote_is_shown(
    enclave: Enclave, console: TicryptApp, keeper: str
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await on_service(pilot, 1)
        await powered_up(pilot)
        seen = host_of(own(pilot))
        seen.runs = GuestRun(0, "controller started 2\n", "")
        await allowed(pilot, "R")
        await pilot.press("R")
        await until(pilot, lambda: "restart controller of keeper" in said(pilot), "the text")
        assert "lines" in said(pilot)
        assert any(each.startswith("run systemctl restart") for each in seen.asked)


async def test_a_guest_without_an_agent_is_told_in_words(
    enclave: Enclave, console: TicryptApp, keeper: str
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await on_service(pilot, 1)
        await powered_up(pilot)
        host_of(own(pilot)).registers = False
        await allowed(pilot, "R")
        await pilot.press("R")
        assert "The guest has no agent that answers." in await dialog(pilot)


async def test_it_is_not_powered_up_while_a_vm_runs_from_its_image(
    enclave: Enclave, console: TicryptApp, keeper: str
) -> None:
    await enclave.run("config.start", {"config": "tiny"})
    async with console.run_test(size=SIZE) as pilot:
        await on_service(pilot, 1)
        await pilot.press("s")
        assert "from which another runs: tiny." in (await dialog(pilot)).replace("\n", " ")
