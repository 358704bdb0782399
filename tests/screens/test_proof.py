"""What the audit tab shows for it that auditing works, and what can be asked of it there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.screens.driving import line, until
from tests.screens.fakes import NOW, FakeEnclave, FakeProof, FakeRecord, FakeStatus
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.screens import audit_lines

SIZE = (160, 45)


async def audit_tab(pilot: Pilot[Any], console: TicryptApp) -> None:
    await until(pilot, lambda: console.console_state.enclave is not None, "opening")
    await pilot.press("colon", *"audit", "enter")
    await until(pilot, lambda: "7 shown" in line(pilot, "heading"), "reading the records")


def latest(console: TicryptApp) -> str:
    """What the console said last."""
    return ([""] + [each.text for each in console.console_state.messages])[-1]


async def test_the_head_says_how_records_come_in(console: TicryptApp) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await audit_tab(pilot, console)
        said = "last line 14:02:11Z, 3 min ago · 0 a minute · written in 4.1 ms · second sink ok"
        await until(pilot, lambda: said in line(pilot, "written"))
        assert "heartbeat 14:00" in line(pilot, "written")


async def test_the_head_counts_the_lines_of_the_last_minute(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await audit_tab(pilot, console)
        for seq in (1205, 1206):
            enclave.record(FakeRecord(seq, "vm.logs", "done", at=NOW))
        await until(pilot, lambda: "just now · 2 a minute" in line(pilot, "written"))


async def test_the_head_says_how_far_the_log_is_verified_and_signed(console: TicryptApp) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await audit_tab(pilot, console)
        assert line(pilot, "proven").strip() == (
            "verified to 1,204 at 14:02:11 · signed to 1,204 by ticrypt-tui/console-1"
        )


async def test_the_tab_says_who_could_forge_the_checkpoints(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    enclave.status = FakeStatus(
        proof=FakeProof(forgeable="root reads the key and could forge them")
    )
    async with console.run_test(size=SIZE) as pilot:
        await audit_tab(pilot, console)
        assert "checkpoints: root reads the key and could forge them" in line(pilot, "warning")


async def test_an_alarm_is_on_the_tab_and_on_every_screen(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    overdue = FakeProof(
        heartbeat="heartbeat OVERDUE since 14:05:00",
        alarm="The audit log's heartbeat is overdue since 14:05:00: nobody writes to it.",
    )
    enclave.status = replace(enclave.status, proof=overdue)
    async with console.run_test(size=SIZE) as pilot:
        await audit_tab(pilot, console)
        assert "heartbeat OVERDUE since 14:05:00" in line(pilot, "written")
        assert "heartbeat is overdue since 14:05:00" in line(pilot, "banner")
        assert "audit alarm" in line(pilot, "status")


def give_self_test(enclave: FakeEnclave) -> None:
    def test(_arguments: Mapping[str, Any]) -> SimpleNamespace:
        enclave.record(FakeRecord(1205, "audit.selftest", "attempted", at=datetime.now(UTC)))
        return SimpleNamespace(seq=1205, sentence="It was read back in 3 ms.")

    enclave.answers["audit.selftest"] = test


async def test_a_self_test_says_how_long_a_record_takes_to_the_screen(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    give_self_test(enclave)
    async with console.run_test(size=SIZE) as pilot:
        await audit_tab(pilot, console)
        await pilot.press("T")
        await until(pilot, lambda: latest(console).startswith("Record 1,205 was on screen "))
        assert latest(console).endswith("after the key was pressed. It was read back in 3 ms.")


@pytest.mark.parametrize("keys", [("slash", *"tiny", "enter"), ("s", "s")])
async def test_a_self_test_does_not_call_on_screen_what_a_filter_hides(
    console: TicryptApp, enclave: FakeEnclave, keys: tuple[str, ...]
) -> None:
    give_self_test(enclave)
    async with console.run_test(size=SIZE) as pilot:
        await audit_tab(pilot, console)
        await pilot.press(*keys, "T")
        await until(pilot, lambda: "Record 1,205 was read, though not shown" in latest(console))


async def test_a_self_test_whose_record_does_not_come_on_screen_has_failed(
    console: TicryptApp, enclave: FakeEnclave, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_lines, "PATIENCE", 0.1)
    enclave.answers["audit.selftest"] = SimpleNamespace(seq=9999, sentence="")
    async with console.run_test(size=SIZE) as pilot:
        await audit_tab(pilot, console)
        await pilot.press("T")
        await until(pilot, lambda: "did not come on screen" in latest(console))


async def test_the_log_is_verified_by_a_key_also_from_the_dock(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    enclave.answers["audit.verify"] = SimpleNamespace(sentence="Records 1 to 1204 are unbroken.")
    async with console.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: console.console_state.enclave is not None, "opening")
        await pilot.press("A")
        await until(pilot, lambda: "7 shown" in line(pilot, "dock-heading"))
        await pilot.press("V")
        await until(pilot, lambda: latest(console) == "Records 1 to 1204 are unbroken.")


async def test_a_broken_log_is_told_as_the_verification_says_it(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    enclave.answers["audit.verify"] = Failed("The audit log is broken at record 5: it was cut off.")
    async with console.run_test(size=SIZE) as pilot:
        await audit_tab(pilot, console)
        await pilot.press("V")
        await until(pilot, lambda: "is broken at record 5: it was cut off." in latest(console))
