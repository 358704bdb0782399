"""Making and changing storage pools, and stating a volume's OS, by keys: on a real store."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot

from tests.backend.conftest import host_of
from tests.backend.play import PlayHost
from tests.screens.driving import allowed, dialog, opened, said, shown, table, until
from tests.screens.forms.conftest import field, form_opened, hosts_reached, type_in, wrong
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.screens.dialogs.form import FormDialog
from ticrypt_tui.widgets.form_field import Settled

SIZE = (80, 24)
POOL = {"realm": "lab", "name": "fast", "tier": "flash", "target": "/srv/fast", "quota": "1 TiB"}


async def new_pool(pilot: Pilot[Any], kind: str = "dir") -> None:
    """Open the form for a pool of the realm Lab, and fill in what is needed."""
    await shown(pilot, "pools")
    await form_opened(pilot, "n")
    await pilot.press("right")
    field(pilot, "type").enter()
    await until(pilot, lambda: field(pilot, "type").has_focus_within)
    await pilot.press("enter")
    await until(pilot, lambda: not isinstance(pilot.app.screen, FormDialog), "the types")
    await pilot.press(*kind, "enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, FormDialog), "the form again")
    for name in ("name", "tier", "target", "quota"):
        await type_in(pilot, name, POOL[name])


async def saved(pilot: Pilot[Any]) -> None:
    await pilot.press("ctrl+s")
    await until(pilot, lambda: not isinstance(pilot.app.screen, FormDialog), "saving")


async def test_a_pool_is_made_and_its_row_is_selected(
    enclave: Enclave, host: PlayHost, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await new_pool(pilot)
        await saved(pilot)
        await until(pilot, lambda: table(pilot).cursor_row, "the row")
        assert table(pilot).cursor_row.name == "fast"  # type: ignore[union-attr]
    (row,) = (await enclave.listing("pools")).rows
    assert (row.tier, row.quota_bytes, row.type) == ("flash", 2**40, "dir")  # type: ignore[attr-defined]


async def test_a_type_that_cannot_be_made_is_offered_with_its_reason_and_refused_with_it(
    enclave: Enclave, host: PlayHost, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await new_pool(pilot, "rbd")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "It is not built in." in wrong(pilot, "type"), "the reason")
    assert (await enclave.listing("pools")).rows == []


async def test_what_is_typed_wrong_is_said_beside_it(
    enclave: Enclave, host: PlayHost, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await shown(pilot, "pools")
        await form_opened(pilot, "n")
        await type_in(pilot, "target", "fast")
        await type_in(pilot, "quota", "lots")
        await until(pilot, lambda: "A quota is no, yes" in wrong(pilot, "quota"))
        assert "no absolute path" in wrong(pilot, "target")


async def test_an_edit_keeps_what_libvirt_cannot_change_and_saves_the_rest(
    enclave: Enclave, host: PlayHost, console: TicryptApp
) -> None:
    await enclave.run("pool.create", POOL)
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "pools")
        await until(pilot, lambda: table(pilot).cursor_row)
        await form_opened(pilot, "e")
        for name in ("realm", "name", "type", "target", "source"):
            assert isinstance(field(pilot, name).widget, Settled)
        assert field(pilot, "quota").editor.value == "1 TiB"
        await type_in(pilot, "quota", "no")
        await saved(pilot)
    (row,) = (await enclave.listing("pools")).rows
    assert (row.quota, row.tier) == ("no", "flash")  # type: ignore[attr-defined]


async def test_a_full_pool_is_not_deleted_and_what_is_on_it_is_named(
    enclave: Enclave, host: PlayHost, console: TicryptApp
) -> None:
    await enclave.run("pool.create", POOL)
    async with console.run_test(size=SIZE) as pilot:
        mine = await hosts_reached(pilot)
        played = host_of(mine)
        played.give_pool("fast")
        played.give_volume("one.qcow2", "fast")
        await mine.discovery.reread([played.address.host_id])
        await opened(pilot, "pools")
        await allowed(pilot, "d")
        await pilot.press("d")
        assert "no file is deleted" in await dialog(pilot)
        await pilot.press("left", "enter")
        await until(pilot, lambda: "1 volume is on it" in said(pilot), "the refusal")


async def test_the_os_of_a_volume_is_stated(
    enclave: Enclave, host: PlayHost, console: TicryptApp
) -> None:
    host.give_pool()
    async with console.run_test(size=SIZE) as pilot:
        mine = await hosts_reached(pilot)
        played = host_of(mine)
        played.give_pool()
        played.give_volume("tiny.qcow2")
        await mine.discovery.reread([played.address.host_id])
        await opened(pilot, "volumes")
        await until(pilot, lambda: table(pilot).cursor_row)
        await form_opened(pilot, "s")
        await pilot.press("right")
        await saved(pilot)
        await until(pilot, lambda: table(pilot).cursor_row.os == "windows", "the statement")  # type: ignore[union-attr]
        assert table(pilot).cursor_row.os_said_by.startswith("mara")  # type: ignore[union-attr]
