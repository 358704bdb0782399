"""The dialog of a start: what it shows while it goes on, once it is over, and once it is left."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.screens import fake_configs
from tests.screens.driving import line, opened, said, until
from tests.screens.fakes import FakeEnclave
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.backend.errors import Failed, NoHost, Refused
from ticrypt_tui.screens.dialogs.start_progress import StartProgress, took

SIZE = (100, 30)
NOWHERE = NoHost(
    "No host of realm local can take it",
    ("node01: cores short by 12; so says a, b", "node02: is disabled"),
)


def slow(enclave: FakeEnclave, answer: Any = "vm-8c1e") -> asyncio.Event:
    """Let a start take until the gate is opened."""
    enclave.answers["config.start"] = answer
    enclave.gates["config.start"] = asyncio.Event()
    return enclave.gates["config.start"]


async def started(pilot: Pilot[Any]) -> None:
    """Start `imaging-2`, which is stopped."""
    await opened(pilot, "configs")
    await pilot.press("down", "s")
    await until(pilot, lambda: isinstance(pilot.app.screen, StartProgress), "the dialog")


def messages(pilot: Pilot[Any]) -> list[str]:
    assert isinstance(pilot.app, TicryptApp)
    return [f"{each.tone}: {each.text}" for each in pilot.app.console_state.messages]


async def test_each_stage_is_shown_as_it_happens(enclave: FakeEnclave, console: TicryptApp) -> None:
    gate = slow(enclave)
    async with console.run_test(size=SIZE) as pilot:
        await started(pilot)
        await until(pilot, lambda: "… scheduling" in said(pilot), "the first stage")
        enclave.under_way = fake_configs.under_way()
        enclave.change("configs", enclave.rows["configs"])
        await until(pilot, lambda: "… booting" in said(pilot), "the third stage")
        lines = " ".join(said(pilot).split())
        assert "✓ scheduling 14:05:17 0.2 s" in lines
        assert "✓ starting 14:05:17 1.5 s node01 · disk made: vm-8c1e.qcow2" in lines
        assert "… booting 14:05:18 12 s node01" in lines
        assert "Unless it registers by 14:10:19, it is ended: 4 min 48 s left." in said(pilot)
        enclave.under_way = fake_configs.up()
        gate.set()
        await until(pilot, lambda: "✓ running" in said(pilot), "the last stage")
        assert "Started imaging-2" in said(pilot)
        assert "It runs on node01, as vm-8c1e." in said(pilot)
        assert messages(pilot) == ["done: start imaging-2: it runs on node01, as vm-8c1e"]


async def test_a_start_that_is_left_goes_on_and_a_message_says_how_it_ended(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    gate = slow(enclave)
    async with console.run_test(size=SIZE) as pilot:
        await started(pilot)
        assert "It goes on when this is closed" in said(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, StartProgress), "leaving")
        assert messages(pilot) == []
        enclave.under_way = fake_configs.up()
        gate.set()
        await until(pilot, lambda: messages(pilot), "the message")
        assert messages(pilot) == ["done: start imaging-2: it runs on node01, as vm-8c1e"]
        assert "it runs on node01" in line(pilot, "keys")


async def test_a_start_that_is_left_and_fails_says_so_by_a_message(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    gate = slow(enclave, Failed("The hypervisor has no memory left."))
    async with console.run_test(size=SIZE) as pilot:
        await started(pilot)
        await pilot.press("escape")
        gate.set()
        await until(pilot, lambda: messages(pilot), "the message")
        assert messages(pilot) == ["failed: start imaging-2: The hypervisor has no memory left."]


async def test_a_failure_says_at_which_stage_why_and_each_host_on_a_line_of_its_own(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    enclave.under_way = fake_configs.nowhere()
    enclave.answers["config.start"] = NOWHERE
    async with console.run_test(size=SIZE) as pilot:
        await started(pilot)
        await until(pilot, lambda: "✗ scheduling" in said(pilot), "the failure")
        lines = [each.strip() for each in said(pilot).splitlines()]
        assert "Failed: start imaging-2" in lines
        assert "No host of realm local can take it." in lines
        assert "node01: cores short by 12; so says a, b" in lines
        assert "node02: is disabled" in lines


async def test_a_failure_further_on_names_the_stage_that_it_was_in(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    enclave.under_way = replace(fake_configs.under_way(), end="registration timeout")
    enclave.answers["config.start"] = Failed("It did not register within 5 min.")
    async with console.run_test(size=SIZE) as pilot:
        await started(pilot)
        await until(pilot, lambda: "✗ booting" in said(pilot), "the failure")
        assert "✓ starting" in said(pilot)
        assert "It did not register within 5 min." in said(pilot)


async def test_a_refusal_says_what_is_wrong_and_what_would_help(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    enclave.answers["config.start"] = Refused("Its owner, bob, is not active.", "Change its owner.")
    async with console.run_test(size=SIZE) as pilot:
        await started(pilot)
        await until(pilot, lambda: "Not done: start imaging-2" in said(pilot), "the refusal")
        assert "Its owner, bob, is not active." in said(pilot)
        assert "Change its owner." in said(pilot)
        assert "scheduling" not in said(pilot)


async def test_what_cannot_be_started_is_refused_before(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    enclave.reasons["config.start", "config-g7"] = "It runs already, as vm-genome7."
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "configs")
        await pilot.press("s")
        await until(pilot, lambda: "It runs already, as vm-genome7." in said(pilot), "the refusal")
        assert enclave.ran == []


async def test_foreign_text_in_a_stage_is_shown_harmless(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    hostile = "[red]\x1b]0;x\x07[/nope]"
    stage = replace(fake_configs.WAITING[0], notes=(hostile,))
    enclave.under_way = replace(fake_configs.under_way(), stages=(stage,))
    enclave.answers["config.start"] = Failed(hostile)
    async with console.run_test(size=SIZE) as pilot:
        await started(pilot)
        await until(pilot, lambda: "Failed: start" in said(pilot), "the failure")
        assert r"[red]\u{1b}]0;x\u{7}[/nope]" in said(pilot)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0.0 s"), (-3, "0.0 s"), (9.94, "9.9 s"), (59.9, "59 s"), (299.9, "4 min 59 s")],
)
def test_how_long_it_took_never_says_sixty_seconds(seconds: float, said: str) -> None:
    assert took(timedelta(seconds=seconds)) == said
