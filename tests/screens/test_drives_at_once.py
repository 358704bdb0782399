"""Several drives at once: asked about together, done one by one, each with what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual.widgets import Input

from tests.screens.driving import opened, said, until
from tests.screens.fakes import FakeEnclave
from tests.screens.forms.conftest import form_opened
from tests.screens.test_drives import SIZE, asked_for_passphrase, put
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.backend.errors import KeyLocked, Refused


async def test_several_are_freed_of_their_projects_only_once_their_number_is_typed(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "drives")
        await pilot.press("space", "space")
        await form_opened(pilot, "p")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "no restriction at all is left" in said(pilot), "the question")
        await pilot.press("shift+tab", "shift+tab", "2", "enter")
        await until(pilot, lambda: "2 done" in said(pilot), "both")
        assert [given["project"] for _, given in enclave.ran] == ["", ""]


async def test_several_are_transferred_and_deleted_and_each_says_what_came_of_it(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    def but_one(arguments: Mapping[str, Any]) -> str:
        if len(enclave.ran) == 1:
            raise Refused("A VM has it open.")
        return ""

    enclave.answers |= {"drive.transfer": but_one, "drive.delete": but_one}
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "drives")
        await pilot.press("space", "space")
        await form_opened(pilot, "t")
        put(pilot, "user", "user-bob")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "1 done · 1 refused" in said(pilot), "both transfers")
        assert "A VM has it open." in said(pilot)
        assert {given["user"] for _, given in enclave.ran} == {"user-bob"}
        enclave.ran.clear()
        await pilot.press("escape", "d")
        await until(pilot, lambda: "Delete 2 drives?" in said(pilot), "the question")
        pilot.app.screen.query_one(Input).focus()
        await pilot.press("2", "enter")
        await until(pilot, lambda: "1 done · 1 refused" in said(pilot), "both deletions")
        assert [name for name, _ in enclave.ran] == ["drive.delete", "drive.delete"]


async def test_several_ask_once_for_a_key_that_was_forgotten_meanwhile(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    def forgotten(arguments: Mapping[str, Any]) -> str:
        if len(enclave.ran) <= 2:
            enclave.keys.locked = True
            raise KeyLocked("Your key is locked.")
        return ""

    enclave.answers["drive.share"] = forgotten
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "drives")
        await pilot.press("space", "space")
        await form_opened(pilot, "s")
        put(pilot, "user", "user-alice")
        await pilot.press("ctrl+s")
        await asked_for_passphrase(pilot)
        await pilot.press(*"right", "enter")
        await until(pilot, lambda: "2 done" in said(pilot), "both")
        assert len(enclave.ran) == 4
