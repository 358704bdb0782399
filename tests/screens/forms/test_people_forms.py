"""Users, teams and projects made and changed by keys: on a real store, with another console that
gets in the way."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot
from textual.widgets import OptionList

from tests.screens.driving import line, said, shown, until
from tests.screens.forms.conftest import field, form, form_opened, type_in, wrong
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.screens.dialogs.differences import Differences
from ticrypt_tui.screens.dialogs.form import FormDialog
from ticrypt_tui.screens.dialogs.pick import Pick
from ticrypt_tui.screens.dialogs.pick_several import PickSeveral
from ticrypt_tui.screens.resource_screen import ResourceScreen

SIZE = (80, 24)


async def on_tab(pilot: Pilot[Any], tab: str, rows: int) -> ResourceScreen:
    """Go to a tab, and wait until it has that many rows."""
    screen = await shown(pilot, tab)
    await until(pilot, lambda: screen.table.counts.total == rows, "reading")
    return screen


async def rows(enclave: Enclave, tab: str) -> dict[str, Any]:
    return {row.name: row for row in (await enclave.listing(tab)).rows}


async def pick(pilot: Pilot[Any], argument: str, *words: str) -> None:
    """Open the list of a field that holds several, and turn the ticks of these."""
    field(pilot, argument).enter()
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, PickSeveral), "the list")
    for word in words:
        await pilot.press("ctrl+u", *word, "enter")
    await pilot.press("ctrl+s")
    await until(pilot, lambda: isinstance(pilot.app.screen, FormDialog), "the form again")


async def saved(pilot: Pilot[Any]) -> None:
    await pilot.press("ctrl+s")
    await until(pilot, lambda: not isinstance(pilot.app.screen, FormDialog), "saving")


async def test_a_user_is_made_with_the_teams_that_were_ticked(
    enclave: Enclave, console: TicryptApp
) -> None:
    for name in ("genomics", "imaging", "operations"):
        await enclave.run("team.create", {"name": name})
    async with console.run_test(size=SIZE) as pilot:
        await on_tab(pilot, "users", 1)
        await form_opened(pilot, "n")
        await type_in(pilot, "login", "alice")
        await type_in(pilot, "name", "Alice")
        await pick(pilot, "teams", "gen", "opera")
        await saved(pilot)
        row = (await rows(enclave, "users"))["alice"]
        assert (row.person, row.teams) == ("Alice", ("genomics", "operations"))
        await until(pilot, lambda: "New user alice: saved" in line(pilot, "keys"))


async def test_a_login_that_is_none_or_taken_is_said_beside_it(
    enclave: Enclave, console: TicryptApp
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await on_tab(pilot, "users", 1)
        await form_opened(pilot, "n")
        await type_in(pilot, "login", "1000")
        assert "No OS account is called “1000”" in wrong(pilot, "login")
        await type_in(pilot, "login", "mara")
        assert wrong(pilot, "login") == "! There is a user with that already: mara"
        await type_in(pilot, "login", "alice")
        assert wrong(pilot, "login") == ""


async def test_marked_users_are_deactivated_with_one_reason_and_oneself_is_left_out(
    enclave: Enclave, console: TicryptApp
) -> None:
    for login in ("alice", "bob"):
        await enclave.run("user.create", {"login": login, "name": login})
    async with console.run_test(size=SIZE) as pilot:
        await on_tab(pilot, "users", 3)
        await pilot.press("space", "space", "space")
        await form_opened(pilot, "d")
        assert "mara: Nobody deactivates himself." in said(pilot)
        await type_in(pilot, "reason", "left")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "2 done · 1 refused" in said(pilot), "the results")
        found = await rows(enclave, "users")
        assert {name: row.reason for name, row in found.items()} == {
            "alice": "left", "bob": "left", "mara": ""
        }  # fmt: skip


async def test_nobody_is_deactivated_without_a_reason(
    enclave: Enclave, console: TicryptApp
) -> None:
    await enclave.run("user.create", {"login": "alice", "name": "Alice"})
    async with console.run_test(size=SIZE) as pilot:
        await on_tab(pilot, "users", 2)
        await form_opened(pilot, "d")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: wrong(pilot, "reason"))
        assert wrong(pilot, "reason") == "! It is needed."
        assert (await rows(enclave, "users"))["alice"].active


async def test_a_tick_makes_an_inactive_user_active_again(
    enclave: Enclave, console: TicryptApp
) -> None:
    await enclave.run("user.create", {"login": "alice", "name": "Alice"})
    await enclave.run("user.deactivate", {"user": "alice", "reason": "left"})
    async with console.run_test(size=SIZE) as pilot:
        await on_tab(pilot, "users", 2)
        await form_opened(pilot, "e")
        field(pilot, "active").enter()
        await pilot.press("space")
        await saved(pilot)
        assert (await rows(enclave, "users"))["alice"].active


async def test_an_emptied_quota_is_no_limit_any_more(enclave: Enclave, console: TicryptApp) -> None:
    await enclave.run("team.create", {"name": "genomics", "cores": 8, "memory": "64 GiB"})
    async with console.run_test(size=SIZE) as pilot:
        await on_tab(pilot, "teams", 1)
        await form_opened(pilot, "e")
        assert form(pilot).values["memory"] == "64 GiB"
        assert form(pilot).values["drive_space"] == ""
        await type_in(pilot, "memory", "")
        await type_in(pilot, "drive_space", "2 TiB")
        await saved(pilot)
        row = (await rows(enclave, "teams"))["genomics"]
        assert (row.cores, row.memory_mib, row.drive_space_gib) == (8, None, 2048)


async def test_a_member_whom_another_console_added_meanwhile_is_shown_by_name(
    enclave: Enclave, console: TicryptApp
) -> None:
    for login in ("alice", "bob"):
        await enclave.run("user.create", {"login": login, "name": login})
    await enclave.run("team.create", {"name": "genomics"})
    async with console.run_test(size=SIZE) as pilot:
        await on_tab(pilot, "teams", 1)
        await form_opened(pilot, "e")
        await pick(pilot, "members", "alice")
        await enclave.run("team.edit", {"team": "genomics", "members": "bob"})
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, Differences), "the differences")
        assert "mine    alice" in said(pilot)
        assert "theirs  bob" in said(pilot)


async def test_what_is_below_a_project_is_not_offered_as_what_it_is_below(
    enclave: Enclave, console: TicryptApp
) -> None:
    await enclave.run("project.create", {"tag": "genomics"})
    await enclave.run("project.create", {"tag": "trial-7", "parent": "genomics"})
    await enclave.run("project.create", {"tag": "imaging"})
    async with console.run_test(size=SIZE) as pilot:
        await on_tab(pilot, "projects", 3)
        await form_opened(pilot, "e")
        field(pilot, "parent").enter()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Pick), "the list")
        options = pilot.app.screen.query_one(OptionList)
        offered = [str(options.get_option_at_index(n).prompt) for n in range(options.option_count)]
        assert [each.split("   ")[0].strip() for each in offered] == ["none: at the top", "imaging"]


async def test_a_circle_that_another_console_has_closed_meanwhile_is_said_beside_the_field(
    enclave: Enclave, console: TicryptApp
) -> None:
    await enclave.run("project.create", {"tag": "genomics"})
    await enclave.run("project.create", {"tag": "imaging"})
    async with console.run_test(size=SIZE) as pilot:
        await on_tab(pilot, "projects", 2)
        await form_opened(pilot, "e")
        field(pilot, "parent").enter()
        await pilot.press("i")
        await enclave.run("project.edit", {"project": "imaging", "parent": "genomics"})
        await pilot.press("ctrl+s")
        await until(pilot, lambda: wrong(pilot, "parent"), "the refusal")
        assert "genomics would be its own ancestor: genomics/imaging" in wrong(pilot, "parent")
