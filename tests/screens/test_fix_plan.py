"""Fix VMs and Fix drives by keys: the plan, what is safe, what needs a yes, and what was done."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.screens.driving import line, opened, said, saved_to, until
from tests.screens.fake_fixing import differences, fix_vms, plan
from tests.screens.fakes import FakeEnclave
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.backend.arguments import converted
from ticrypt_tui.backend.errors import Failed, Refused
from ticrypt_tui.backend.services.fixing.result import Fixed, Outcome
from ticrypt_tui.backend.sync.differences import Difference, Grade, Kind
from ticrypt_tui.screens.dialogs.fix_plan import FixPlan
from ticrypt_tui.widgets.choice import Choice
from tools.documentation import load_operations

SIZE = (120, 30)


async def began(pilot: Pilot[Any], key: str = "f") -> None:
    """Ask for a plan of realm local."""
    screen = await opened(pilot, "realms")
    screen.table.select("local")
    await pilot.press(key)


async def planned(pilot: Pilot[Any], key: str = "f") -> FixPlan:
    """Fix VMs of realm local; the view once its plan is there."""
    await began(pilot, key)
    await until(pilot, lambda: isinstance(pilot.app.screen, FixPlan), "the plan")
    view = pilot.app.screen
    assert isinstance(view, FixPlan)
    await until(pilot, lambda: " checked" in said(pilot), "the comparison")
    return view


def below(view: FixPlan) -> str:
    return str(view.query_one("#said", Static).render())


def focused(view: FixPlan) -> str:
    return str(view.focused.id) if view.focused is not None else ""


def accepted(enclave: FakeEnclave) -> list[Any]:
    """What each round but the plans was given to accept."""
    rounds = [given for name, given in enclave.ran if name == "realm.fix_vms"]
    return [given["accept"] for given in rounds if not given["dry_run"]]


async def test_it_begins_with_a_plan_that_changes_nothing_and_cancel_has_the_focus(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        view = await planned(pilot)
        assert enclave.ran == [("realm.fix_vms", {"realm": "local", "dry_run": True})]
        assert focused(view) == "choice-cancel"
        assert "Fix VMs of local · 5 differences · 12 VMs checked" in said(pilot)
        assert "3 hosts answered, 1 did not: nothing is concluded from it." in said(pilot)
        assert "node05 (disabled)" in said(pilot)
        await pilot.press("enter")
        assert not isinstance(pilot.app.screen, FixPlan)
        assert accepted(enclave) == []


async def test_what_is_safe_stands_first_then_what_needs_a_yes_then_what_is_left_alone(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        view = await planned(pilot)
        cells = [[c.value(row) for c in view.table.columns] for row in view.table.rows]
        assert [(it[0], it[1], it[5]) for it in cells] == [
            ("✓", "tiny-3", "safe"), ("✓", "genome-7", "safe"), ("?", "vm-old", "[ ] yes"),
            ("?", "late-2", "[ ] yes"), ("–", "unknown-1", "–"),
        ]  # fmt: skip
        assert cells[4][2:5] == ["–", "runs on node11", "leave alone (never adopted)"]


async def test_what_is_safe_is_applied_alone_and_what_failed_says_why(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        view = await planned(pilot)
        await pilot.press("shift+tab", "shift+tab")
        assert focused(view) == "choice-safe"
        await pilot.press("enter")
        await until(pilot, lambda: "1 done" in below(view))
        assert accepted(enclave) == [[]]
        assert "1 done · 1 failed · 2 waiting for a yes · 1 left alone" in below(view).lower()
        cells = {row.name: [c.value(row) for c in view.table.columns] for row in view.table.rows}
        assert cells["tiny-3"][0::5] == ["✓", "done"]
        assert cells["genome-7"][4:6] == ["Host node03 has no room for 16 cores.", "failed"]
        assert focused(view) == "choice-cancel"
        message = list(console.console_state.messages)[-1]
        assert "failed · genome-7 · Host node03 has no room" in message.detail


async def test_a_yes_is_given_by_space_and_taken_back_by_it(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        view = await planned(pilot)
        await pilot.press("down", "down", "down", "space", "space", "up", "space")
        await until(pilot, lambda: "1 marked" in below(view))
        await pilot.press("tab", "tab")
        assert focused(view) == "choice-marked"
        await pilot.press("enter")
        await until(pilot, lambda: "2 done" in below(view))
        assert accepted(enclave) == [[differences()[0].id]]


async def test_what_is_safe_or_left_alone_takes_no_yes(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        view = await planned(pilot)
        await pilot.press("down", "space")
        await until(pilot, lambda: "tiny-3 is safe: it needs no yes." in below(view))
        await pilot.press("end", "space")
        await until(pilot, lambda: "unknown-1 is left alone, whatever is said." in below(view))


async def test_to_apply_what_is_marked_something_has_to_be(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        view = await planned(pilot)
        await pilot.press("shift+tab", "enter")
        await until(pilot, lambda: "Nothing is marked: space on a line with ?" in below(view))
        assert accepted(enclave) == []


async def test_where_nothing_differs_it_says_so_and_can_look_again(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        view = await planned(pilot, "F")
        nothing = "Nothing differs: the store and libvirt say the same of 9 drives."
        await until(pilot, lambda: nothing in below(view))
        assert "Fix drives of local · 0 differences · 9 drives checked" in said(pilot)
        assert "3 hosts answered." in said(pilot)
        await pilot.press("shift+tab", "enter")
        await until(pilot, lambda: len(enclave.ran) == 2, "looking again")
        assert all(given["dry_run"] for _, given in enclave.ran)


async def test_where_no_host_answered_nothing_is_said_to_be_well(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    enclave.answers["realm.fix_vms"] = replace(plan(), fixed=(), answered=())
    async with console.run_test(size=SIZE) as pilot:
        view = await planned(pilot)
        await until(pilot, lambda: "No host answered, so that nothing can be said" in below(view))


async def test_left_while_it_puts_right_it_goes_on_and_a_message_says_what_came_of_it(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        view = await planned(pilot)
        gate = enclave.gates["realm.fix_vms"] = asyncio.Event()
        await pilot.press("shift+tab", "shift+tab", "enter")
        await until(pilot, lambda: "putting right" in said(pilot))
        assert "It goes on when this is closed" in below(view)
        await pilot.press("escape")
        assert [run.sentence for run in console.console_state.runs] == ["Fix VMs local"]
        gate.set()
        told = "Fix VMs of local: 1 done"
        await until(pilot, lambda: told in line(pilot, "keys") or told in latest(console))
        assert not list(console.console_state.runs)


def latest(console: TicryptApp) -> str:
    return ([""] + [each.text for each in console.console_state.messages])[-1]


async def test_left_while_it_compares_it_says_afterwards_what_differs(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    gate = enclave.gates["realm.fix_vms"] = asyncio.Event()
    async with console.run_test(size=SIZE) as pilot:
        await began(pilot)
        await until(pilot, lambda: "comparing the store with libvirt" in said(pilot))
        await pilot.press("q")
        gate.set()
        told = "Fix VMs of local: 5 differences · 12 VMs checked; nothing was changed."
        await until(pilot, lambda: latest(console) == told)


@pytest.mark.parametrize("error", [Failed("The store is locked."), Refused("It is disabled.")])
async def test_what_goes_wrong_is_said_and_the_view_can_be_left(
    enclave: FakeEnclave, console: TicryptApp, error: Failed
) -> None:
    enclave.answers["realm.fix_vms"] = error
    async with console.run_test(size=SIZE) as pilot:
        await began(pilot)
        await until(pilot, lambda: str(error) in said(pilot))
        await pilot.press("enter")
        assert not isinstance(pilot.app.screen, FixPlan)


async def test_a_refusal_comes_before_anything_is_compared(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    enclave.reasons["realm.fix_vms", "local"] = "It needs the role admin."
    async with console.run_test(size=SIZE) as pilot:
        await began(pilot)
        await until(pilot, lambda: "It needs the role admin." in said(pilot))
        assert enclave.ran == []


async def test_a_round_that_fails_leaves_the_plan_to_be_tried_again(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        view = await planned(pilot)
        enclave.answers["realm.fix_vms"] = Failed("The store is locked.")
        await pilot.press("shift+tab", "shift+tab", "enter")
        await until(pilot, lambda: "The store is locked." in below(view))
        enclave.answers["realm.fix_vms"] = fix_vms
        await pilot.press("enter")
        await until(pilot, lambda: "1 done" in below(view))


async def test_enter_tells_everything_of_a_difference(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await planned(pilot)
        await pilot.press("down", "enter")
        await until(pilot, lambda: "Fix VMs: tiny-3" in said(pilot))
        assert "VM ended · vm-tiny3" in said(pilot)
        assert 'will do       to past VMs, "powered off by guest"' in said(pilot)


async def test_its_keys_are_told_by_help(enclave: FakeEnclave, console: TicryptApp) -> None:
    async with console.run_test(size=(80, 24)) as pilot:
        await planned(pilot)
        await pilot.press("question_mark")
        await pilot.press(*"export")
        await until(pilot, lambda: "x                 export as CSV" in said(pilot))


async def test_the_plan_is_filtered_and_exported(
    enclave: FakeEnclave, console: TicryptApp, tmp_path: Path
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        view = await planned(pilot)
        await pilot.press("slash", *"node03", "enter")
        await until(pilot, lambda: view.table.counts.shown == 2)
        await pilot.press("x")
        await until(pilot, lambda: "Save to a file" in said(pilot))
        pilot.app.screen.query_one(Input).value = str(tmp_path / "plan.csv")
        await pilot.press("enter")
        await saved_to(pilot, tmp_path / "plan.csv")
        head, first, _ = (tmp_path / "plan.csv").read_text().splitlines()
        assert head == ",VM,STORE SAYS,LIBVIRT SAYS,WILL DO,YES,WHAT"
        assert first == "✓,genome-7,on node01,on node03,host node03,safe,VM on another host"
        await pilot.press("escape")
        assert view.table.counts.shown == 5


async def test_thousands_of_differences_are_moved_through(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    many = [
        Difference(Kind.VM_LOST, f"vm-{n}", f"vm-{n}", "running", "gone", "mark lost", Grade.ASK)
        for n in range(3_000)
    ]
    found = replace(plan(), fixed=tuple(Fixed(each, Outcome.PLANNED) for each in many))
    enclave.answers["realm.fix_vms"] = found
    async with console.run_test(size=SIZE) as pilot:
        view = await planned(pilot)
        await until(pilot, lambda: view.table.counts.shown == 3_000)
        assert [each.id for each in view.query(Choice)] == ["choice-marked", "choice-cancel"]
        await pilot.press("down", "end", "space")
        await until(pilot, lambda: "1 marked" in below(view))
        assert view.table.rows[-1].ticked


@pytest.mark.parametrize("name", ["\x1b[31mred", "[bold]", "a\nb"])
async def test_a_hostile_name_is_shown_harmless(
    enclave: FakeEnclave, console: TicryptApp, name: str
) -> None:
    odd = replace(differences()[0], what=name, libvirt_says=name, will_do=name)
    enclave.answers["realm.fix_vms"] = replace(plan(), fixed=(Fixed(odd, Outcome.PLANNED),))
    async with console.run_test(size=SIZE) as pilot:
        view = await planned(pilot)
        await pilot.press("down", "enter")
        await until(pilot, lambda: "Fix VMs: " in said(pilot))
        assert "\x1b" not in said(pilot)
        await pilot.press("escape", "space")
        await until(pilot, lambda: "1 marked" in below(view))


async def test_what_somebody_is_busy_with_is_counted(
    enclave: FakeEnclave, console: TicryptApp
) -> None:
    enclave.answers["realm.fix_vms"] = replace(plan(), in_flight=2)
    async with console.run_test(size=SIZE) as pilot:
        await planned(pilot)
        assert "12 VMs checked · 2 being worked on, left alone" in said(pilot)


@pytest.mark.parametrize("name", ["realm.fix_vms", "realm.fix_drives"])
def test_the_operations_take_what_the_screen_gives(name: str) -> None:
    operation = load_operations()[name]
    given = {"realm": "local", "dry_run": False, "accept": ["1f", "2e"]}
    assert converted(name, operation.arguments, given) == given
    assert converted(name, operation.arguments, {**given, "accept": []})["dry_run"] is False
