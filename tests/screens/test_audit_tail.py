"""What can be done with lines of the audit tail: jump, save, copy, by severity, search, hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.screens.driving import line, opened, said, until
from tests.screens.fakes import FakeEnclave, FakeRecord
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.screens.audit_screen import AuditScreen
from ticrypt_tui.screens.dialogs.viewer import Viewer
from ticrypt_tui.screens.help import entries

SIZE = (160, 45)


async def audit_tab(
    pilot: Pilot[int], console: TicryptApp, enclave: FakeEnclave, *more: FakeRecord
) -> AuditScreen:
    """The audit tab, once it shows what there is and these records, the cursor on the last."""
    await until(pilot, lambda: console.console_state.enclave is not None, "opening")
    await pilot.press("colon", *"audit", "enter")
    for record in more:
        enclave.record(record)
    count = 7 + len(more)
    await until(pilot, lambda: f"{count} shown" in line(pilot, "heading"), "reading the records")
    screen = console.tab_screen
    assert isinstance(screen, AuditScreen)
    return screen


def about(seq: int, kind: str, id: str, name: str, outcome: str = "done") -> FakeRecord:
    return FakeRecord(seq, f"{kind}.edit", outcome, name, target_id=id, target_kind=kind)


def latest(console: TicryptApp) -> str:
    return ([""] + [each.text for each in console.console_state.messages])[-1]


def selected(console: TicryptApp) -> tuple[str, str | None]:
    """The tab that is open, and the ID of its selected row."""
    screen = console.tab_screen
    table = getattr(screen, "table", None)
    return (screen.tab.name if screen else ""), table.cursor_id if table else None


@pytest.mark.parametrize(
    ("kind", "id", "place"),
    [
        ("vm", "vm-boot", ("running", "vm-boot")),
        ("vm", "vm-past2", ("past", "vm-past2")),
        ("host", "host-03", ("hosts", "host-03")),
        ("realm", "fleet", ("realms", "fleet")),
    ],
)
async def test_a_line_leads_to_its_object(
    console: TicryptApp, enclave: FakeEnclave, kind: str, id: str, place: tuple[str, str]
) -> None:
    enclave.rows["hosts"] = [each for each in enclave.rows["hosts"]]
    if kind == "host":
        place = ("hosts", id := enclave.rows["hosts"][2].id)
    async with console.run_test(size=SIZE) as pilot:
        await audit_tab(pilot, console, enclave, about(1205, kind, id, "it"))
        await pilot.press("o")
        await until(pilot, lambda: selected(console) == place, "going there")


async def test_a_line_of_the_dock_leads_to_its_object_too(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    enclave.record(about(1205, "vm", "vm-boot", "tiny-3"))
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "realms")
        await pilot.press("A")
        await until(pilot, lambda: "8 shown" in line(pilot, "dock-heading"))
        await pilot.press("o")
        await until(pilot, lambda: selected(console) == ("running", "vm-boot"))


async def test_one_that_had_no_id_yet_is_found_by_its_name(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await audit_tab(pilot, console, enclave, about(1205, "vm", "", "genome-7"))
        await pilot.press("o")
        await until(pilot, lambda: selected(console) == ("running", "vm-genome7"))


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        (about(1205, "vm", "vm-0", "old-1"),
         "VM old-1 is gone: it is not among Running VMs and Past VMs and Service VMs."),
        (about(1205, "audit", "", ""), "Record 1,205 is about no object that has a tab."),
        (about(1205, "host", "h", "\x1b[1m[bold]"), "host \\u{1b}[1m[bold] is gone"),
    ],
)  # fmt: skip
async def test_of_an_object_that_is_nowhere_it_says_so_and_stays(
    console: TicryptApp, enclave: FakeEnclave, record: FakeRecord, sentence: str
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await audit_tab(pilot, console, enclave, record)
        await pilot.press("o")
        await until(pilot, lambda: latest(console), "a message")
        assert sentence in latest(console)
        assert selected(console)[0] == "audit"


async def test_a_tab_that_the_caller_may_not_see_is_said(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    enclave.faults["users"] = Refused("list users needs the role admin.")
    async with console.run_test(size=SIZE) as pilot:
        await audit_tab(pilot, console, enclave, about(1205, "user", "user-1", "mara"))
        await pilot.press("o")
        await until(pilot, lambda: "Users cannot be looked into: list users" in latest(console))


async def test_a_line_is_copied_as_json(console: TicryptApp, enclave: FakeEnclave) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await audit_tab(pilot, console, enclave)
        await pilot.press("up", "c")
        await until(pilot, lambda: "Record 1,203 was sent to the terminal" in latest(console))
        assert console.clipboard == '{"action":"vm.shutdown","seq":1203}'


async def test_what_is_shown_is_saved_for_its_owner_alone_and_it_says_where(
    console: TicryptApp, enclave: FakeEnclave, tmp_path: Path
) -> None:
    path = tmp_path / "it.log"
    async with console.run_test(size=SIZE) as pilot:
        await audit_tab(pilot, console, enclave)
        await pilot.press("slash", *"shutdown", "enter", "x")
        await until(pilot, lambda: "Save to a file" in said(pilot))
        pilot.app.screen.query_one(Input).value = str(path)
        await pilot.press("enter")
        await until(pilot, lambda: f"3 lines were saved to {path}" in latest(console))
    assert path.stat().st_mode & 0o777 == 0o600
    assert [text.split()[2] for text in path.read_text().splitlines()] == ["1200", "1202", "1203"]


async def test_only_what_is_severe_is_shown_and_then_everything_again(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    failed = FakeRecord(1205, "vm.start", "failed", "tiny-9")
    async with console.run_test(size=SIZE) as pilot:
        screen = await audit_tab(pilot, console, enclave, failed)
        seen = []
        for _ in range(5):
            await pilot.press("s")
            await until(pilot, lambda: True)
            least = line(pilot, "heading").partition("shown · ")[2].partition(" and above")[0]
            seen.append((least.partition(" ")[0], screen.view.counts.shown))
        assert seen[:4] == [("low", 7), ("medium", 2), ("high", 1), ("critical", 0)]
        assert screen.view.counts.shown == 8


async def test_severity_goes_together_with_the_filter_and_with_what_comes(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        screen = await audit_tab(pilot, console, enclave)
        await pilot.press("s", "s", "slash", *"tiny", "enter")
        for seq, outcome in ((1205, "failed"), (1206, "done")):
            enclave.record(FakeRecord(seq, "vm.logs", outcome, "tiny-9"))
        await until(pilot, lambda: "1 shown · filter: tiny" in line(pilot, "heading"))
        assert "medium and above" in line(pilot, "heading")
        await pilot.press("escape")
        assert screen.view.filter_text == ""


async def test_in_the_dock_the_filter_is_the_docks(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        screen = await opened(pilot, "running")
        await pilot.press("A")
        await until(pilot, lambda: "7 shown" in line(pilot, "dock-heading"))
        await pilot.press("slash", *"shutdown", "enter")
        await until(pilot, lambda: "3 shown · filter: shutdown" in line(pilot, "dock-heading"))
        assert screen.table.filter_text == ""
        await pilot.press("escape")
        await until(pilot, lambda: "7 shown ·" in line(pilot, "dock-heading"))
        assert screen.focus_in_dock
        await pilot.press("escape")
        assert not screen.focus_in_dock


async def test_a_severity_can_be_asked_for_by_name(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await audit_tab(pilot, console, enclave)
        await pilot.press("slash", *"severity:medium", "enter")
        await until(pilot, lambda: "1 shown" in line(pilot, "heading"))


async def test_a_text_is_searched_for_and_n_and_N_go_on(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        screen = await audit_tab(pilot, console, enclave)

        def here() -> int:
            assert screen.view.cursor_line is not None
            return int(screen.view.cursor_line.record.seq)

        await pilot.press("f", *"nowhere at all", "enter")
        await until(pilot, lambda: "It is nowhere in these lines." in said(pilot))
        await pilot.press("escape", "f", *"SHUTDOWN", "enter")
        await until(pilot, lambda: here() == 1200)
        await pilot.press("n", "n")
        assert here() == 1203
        await pilot.press("N")
        assert here() == 1202
        assert screen.view.counts.shown == 7


async def test_held_it_stays_and_loses_nothing_of_thousands_of_lines(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        screen = await audit_tab(pilot, console, enclave)
        await pilot.press("z")
        enclave.audit += [FakeRecord(1205 + n, "vm.logs", "done") for n in range(2_300)]
        enclave.record(FakeRecord(3505, "vm.logs", "done", "last"))
        await until(pilot, lambda: "held, 2,301 new below" in line(pilot, "heading"))
        assert screen.view.cursor_line is not None
        assert screen.view.cursor_line.record.seq == 1204
        await pilot.press("z")
        await until(pilot, lambda: "lines as they are written" in line(pilot, "heading"))
        assert screen.view.cursor_line.record.seq == 3505
        assert screen.view.counts.shown == 2_308


async def test_lines_have_their_dates_where_there_is_room_for_them(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    def dated() -> set[bool]:
        return {each.text.startswith("2026-11-21 ") for each in screen.view._ring.shown}

    async with console.run_test(size=SIZE) as pilot:
        screen = await audit_tab(pilot, console, enclave)
        assert dated() == {True}
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: dated() == {False})
        await pilot.resize_terminal(*SIZE)
        await until(pilot, lambda: dated() == {True})


async def test_every_key_of_the_lines_is_told_by_help(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        screen = await audit_tab(pilot, console, enclave)
        told = {key for entry in entries(screen) for key in entry.keys.split()}
        assert {"o", "c", "x", "s", "f", "n", "N", "w", "z", "V", "T", "/"} <= told


async def test_the_keys_of_a_log_are_told_by_help_and_can_be_others(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    enclave.settings.keys = {"log.filter": "f6", "log.wrap": "f7"}
    async with console.run_test(size=SIZE) as pilot:
        await opened(pilot, "running")
        await pilot.press("l")
        await until(pilot, lambda: isinstance(pilot.app.screen, Viewer), "the logs")
        await pilot.press("question_mark")
        await until(pilot, lambda: "show matching lines only" in said(pilot))
        assert "search; n and N go on" in said(pilot)
        assert "f6" in said(pilot)
        assert "f7" in said(pilot)
        await pilot.press("escape", "f6", *"started", "enter")
        await until(pilot, lambda: "only: started" in said(pilot))
