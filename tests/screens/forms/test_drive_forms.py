"""Making, sharing and attaching drives by keys: on a real store and with real keys, with a host
that is played."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from tests.backend.conftest import Opener, host_of
from tests.backend.play import PlayHost
from tests.backend.services.belonging import populate
from tests.backend.services.drive_play import (
    GENOME,
    PASSPHRASE,
    console_with_key,
    drive_of,
    give_flash,
    give_key,
)
from tests.screens.driving import line, opened, said, table, until
from tests.screens.forms.conftest import field, form_opened, hosts_reached, type_in, wrong
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.screens.dialogs.form import FormDialog
from ticrypt_tui.screens.dialogs.passphrase import Passphrase
from ticrypt_tui.widgets.several import Several

SIZE = (110, 40)


@pytest.fixture(autouse=True)
async def _people(enclave: Enclave, host: PlayHost) -> None:
    await populate(enclave)
    await give_flash(enclave)
    host.give_pool("fast")
    await give_key(enclave)


def put(pilot: Pilot[Any], argument: str, name: str) -> None:
    """Choose an object by its name."""
    widget: Any = field(pilot, argument).widget
    found = next(each.id for each in widget.options if each.name == name)
    widget.put([found] if isinstance(widget, Several) else found)


async def host_seen(pilot: Pilot[Any]) -> None:
    """The host of the console on screen has the pool, too."""
    mine = await hosts_reached(pilot)
    host_of(mine).give_pool("fast")
    await mine.discovery.reread([host_of(mine).address.host_id])


async def unlock(pilot: Pilot[Any]) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, Passphrase), "the passphrase")
    await pilot.press(*(letter if letter != " " else "space" for letter in PASSPHRASE), "enter")


async def closed(pilot: Pilot[Any]) -> None:
    await until(pilot, lambda: not isinstance(pilot.app.screen, FormDialog | Passphrase), "saving")


async def test_a_drive_is_made_with_the_key_that_its_passphrase_unlocks(
    enclave: Enclave, console: TicryptApp
) -> None:
    await enclave.run("drive.create", GENOME)
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "drives")
        await host_seen(pilot)
        await form_opened(pilot, "n")
        await type_in(pilot, "name", "more")
        await type_in(pilot, "size", "999999999")
        put(pilot, "tier", "flash")
        await pilot.press("ctrl+s")
        await unlock(pilot)
        await until(pilot, lambda: wrong(pilot, "size") or "limit" in said(pilot), "the limit")
        await type_in(pilot, "size", "2")
        await pilot.press("ctrl+s")
        await closed(pilot)
        await until(pilot, lambda: "more" in {row.name for row in table(pilot).rows}, "the row")
        row = await drive_of(enclave, "more")
        assert (row.size_bytes, row.tier, row.backup, row.mine) == (2 * 2**30, "flash", True, True)


async def test_a_drive_is_shared_and_its_new_holder_is_on_screen(
    enclave: Enclave, console: TicryptApp, open_enclave: Opener
) -> None:
    await enclave.run("drive.create", GENOME)
    await console_with_key(open_enclave, "bob")
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "drives")
        await host_seen(pilot)
        await form_opened(pilot, "s")
        put(pilot, "user", "bob")
        field(pilot, "mode").editor.put("ro")
        await pilot.press("ctrl+s")
        await unlock(pilot)
        await closed(pilot)
        await until(pilot, lambda: len(table(pilot).rows[0].holders) == 2, "the holder")
        assert [(each.user, each.mode) for each in (await drive_of(enclave)).holders] == [
            ("mara", "rw"), ("bob", "ro"),
        ]  # fmt: skip


async def test_a_configuration_gets_a_drive_and_keeps_it_as_it_is_edited(
    enclave: Enclave, console: TicryptApp, config: str
) -> None:
    await enclave.run("drive.create", GENOME)
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "configs")
        await form_opened(pilot, "e")
        put(pilot, "drives", "genome:rw")
        await pilot.press("ctrl+s")
        await closed(pilot)
        await until(pilot, lambda: "saved" in line(pilot, "keys"), "the message")
        assert (await enclave.find("config", config)).drives == ("genome:rw",)
        await form_opened(pilot, "e")
        await type_in(pilot, "name", "later")
        await pilot.press("ctrl+s")
        await closed(pilot)
        assert (await enclave.find("config", config)).drives == ("genome:rw",)
