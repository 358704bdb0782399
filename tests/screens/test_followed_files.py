"""The log files beside the audit tail: real files, looked at, held, searched."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.screens.driving import line, until
from tests.screens.fakes import FakeEnclave
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.backend.services.audit.followed_logs import followed_logs
from ticrypt_tui.screens.followed_feed import in_units
from ticrypt_tui.screens.followed_files import FollowedFiles
from ticrypt_tui.screens.followed_search import FoundLines
from ticrypt_tui.widgets.one_line import OneLine

SIZE = (160, 45)


@pytest.fixture
def path(tmp_path: Path, enclave: FakeEnclave) -> Path:
    """The first of two files that are followed; the other one is `kernel.log`, not there yet."""
    path = tmp_path / "ticrypt.log"
    enclave.followed = followed_logs([path, tmp_path / "kernel.log"], lambda: "")
    return path


async def followed(pilot: Pilot[Any], *keys: str) -> FollowedFiles:
    """Go to the audit tab, and from there to a followed file."""
    app = pilot.app
    assert isinstance(app, TicryptApp)
    await until(pilot, lambda: app.console_state.enclave is not None, "opening")
    await pilot.press("colon", *"audit", "enter")
    await until(pilot, lambda: "7 shown" in line(pilot, "heading"), "reading the records")
    await pilot.press(*(keys or "l"))
    await until(pilot, lambda: isinstance(app.screen, FollowedFiles), "opening the files")
    assert isinstance(app.screen, FollowedFiles)
    return app.screen


def heads(pilot: Pilot[Any]) -> str:
    return "\n".join(each.render().plain for each in pilot.app.screen.query(OneLine))


def texts(screen: Any) -> list[str]:
    return [each.text for each in screen.view._ring.shown]


async def comes(pilot: Pilot[Any], screen: Any, *wanted: str) -> None:
    await until(pilot, lambda: texts(screen)[-len(wanted) :] == list(wanted), f"reading {wanted}")


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


async def test_the_audit_tab_says_which_files_are_beside_it(
    console: TicryptApp, path: Path
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await followed(pilot)
        await pilot.press("0")
        await until(pilot, lambda: console.screen is console.tab_screen, "going back")
        assert line(pilot, "logs").strip() == "[0 audit]  1 ticrypt.log   2 kernel.log"
        assert "l next log" in line(pilot, "keys")


async def test_a_file_is_shown_as_it_is_written(console: TicryptApp, path: Path) -> None:
    path.write_text("one\n")
    async with console.run_test(size=SIZE) as pilot:
        screen = await followed(pilot)
        await comes(pilot, screen, "one")
        append(path, "two\n")
        await comes(pilot, screen, "one", "two")
        assert f"{path}" in heads(pilot)
        assert "8 B · last line" in heads(pilot)


async def test_a_file_that_comes_later_is_waited_for_and_said_to_be_missing(
    console: TicryptApp, path: Path
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        screen = await followed(pilot)
        await until(pilot, lambda: f"! There is no {path}" in heads(pilot))
        path.write_text("first\n")
        await comes(pilot, screen, "── there now at 14:05:31Z ──", "first")
        assert "There is no" not in heads(pilot)


@pytest.mark.parametrize(
    ("happens", "said"),
    [
        (lambda path: os.truncate(path, 0), "cut short at 14:05:31Z"),
        (lambda path: path.rename(f"{path}.1"), "rotated: a new file is in its place at 14:05:31Z"),
    ],
    ids=["cut short", "rotated"],
)
async def test_what_happens_to_the_file_is_said_in_its_lines_and_above(
    console: TicryptApp, path: Path, happens: Callable[[Path], None], said: str
) -> None:
    path.write_text("one\n")
    async with console.run_test(size=SIZE) as pilot:
        screen = await followed(pilot)
        await comes(pilot, screen, "one")
        happens(path)
        append(path, "another\n")
        await comes(pilot, screen, "one", f"── {said} ──", "another")
        await until(pilot, lambda: said in heads(pilot))


async def test_the_keys_lead_through_the_files_and_back_to_the_audit_tail(
    console: TicryptApp, path: Path
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await followed(pilot)
        await until(pilot, lambda: "[1 ticrypt.log]" in heads(pilot))
        await pilot.press("l")
        await until(pilot, lambda: "[2 kernel.log]" in heads(pilot))
        await pilot.press("1")
        await until(pilot, lambda: "[1 ticrypt.log]" in heads(pilot))
        await pilot.press("tab", "tab")
        await until(pilot, lambda: console.screen is console.tab_screen, "going back")


async def test_a_file_stays_as_it_was_left_and_nothing_is_lost_meanwhile(
    console: TicryptApp, path: Path
) -> None:
    path.write_text("".join(f"line {each}\n" for each in range(100)))
    async with console.run_test(size=SIZE) as pilot:
        screen = await followed(pilot)
        await comes(pilot, screen, "line 99")
        await pilot.press("home", "0")
        await until(pilot, lambda: console.screen is console.tab_screen, "going back")
        append(path, "line 100\n")
        await pilot.press("1")
        await comes(pilot, screen, "line 99", "line 100")
        assert not screen.view.following
        assert screen.view.cursor_line is not None
        assert screen.view.cursor_line.text == "line 0"
        assert "· held" in heads(pilot)


async def test_lines_are_filtered_and_searched_as_in_every_log(
    console: TicryptApp, path: Path
) -> None:
    path.write_text("one\ntwo\nthree\n")
    async with console.run_test(size=SIZE) as pilot:
        screen = await followed(pilot)
        await comes(pilot, screen, "three")
        await pilot.press("ampersand", *"!two", "enter")
        await until(pilot, lambda: texts(screen) == ["one", "three"])
        await pilot.press("escape", "slash", *"ne", "enter")
        await until(pilot, lambda: screen.view.cursor_line and screen.view.cursor_line.number == 0)


async def test_a_search_in_the_lines_says_that_the_whole_file_can_be_searched(
    console: TicryptApp, path: Path
) -> None:
    path.write_text("one\n")
    async with console.run_test(size=SIZE) as pilot:
        screen = await followed(pilot)
        await comes(pilot, screen, "one")
        await pilot.press("slash", *"zwei", "enter")
        said = "It is nowhere in these lines; f searches the whole file."
        hints = screen.query(".hint")
        await until(pilot, lambda: any(str(each.render()) == said for each in hints))


async def test_the_whole_file_is_searched_from_its_end_and_on_from_what_was_found(
    console: TicryptApp, path: Path
) -> None:
    with path.open("w") as file:
        file.writelines(f"line {each:06} {'needle' * (each in (7, 9))}\n" for each in range(60_000))
    async with console.run_test(size=SIZE) as pilot:
        screen = await followed(pilot)
        await until(pilot, lambda: texts(screen), "reading")
        await pilot.press("f", *"NEEDLE", "enter")
        await until(pilot, lambda: isinstance(console.screen, FoundLines))
        for key, number in (("", 9), ("N", 7), ("n", 9)):
            await pilot.press(*key)
            wanted = f"line {number:06} needle"
            await until(pilot, partial(stands_on, console, wanted), wanted)
        assert " · at " in heads(pilot)
        assert f"of {in_units(path.stat().st_size)}" in heads(pilot)
        await pilot.press("n")
        await until(pilot, lambda: "not found again later" in heads(pilot))
        await pilot.press("N")
        await until(pilot, partial(stands_on, console, "line 000007 needle"), "the one before")
        await pilot.press("N")
        await until(pilot, lambda: "not found before" in heads(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: console.screen is screen, "going back to the file")


async def test_the_lines_before_and_after_what_was_found_can_be_read(
    console: TicryptApp, path: Path
) -> None:
    with path.open("w") as file:
        file.writelines(f"line {each:06} {'needle' * (each == 20_000)}\n" for each in range(40_000))
    async with console.run_test(size=SIZE) as pilot:
        await followed(pilot)
        await pilot.press("f", *"needle", "enter")
        await until(pilot, lambda: "needle" in found(console))
        first = texts(console.screen)[0]
        await pilot.press("left_square_bracket")
        await until(pilot, lambda: found(console) < first.rstrip(), "turning back")
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: found(console) > first.rstrip(), "turning on")


async def test_a_search_that_takes_long_says_how_far_it_is_and_can_be_stopped(
    console: TicryptApp, path: Path
) -> None:
    with path.open("wb") as file:
        file.truncate(40_000_000_000)
    async with console.run_test(size=SIZE) as pilot:
        await followed(pilot)
        await pilot.press("f", *"needle", "enter")
        await until(pilot, lambda: "of 37.3 GiB; escape stops" in heads(pilot), "searching")
        await pilot.press("escape")
        await until(pilot, lambda: "stopped" in heads(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(console.screen, FollowedFiles), "going back")


async def test_without_a_followed_file_the_key_says_where_to_name_one(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    async with console.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: console.console_state.enclave is not None, "opening")
        await pilot.press("colon", *"audit", "enter")
        await until(pilot, lambda: "7 shown" in line(pilot, "heading"), "reading the records")
        await pilot.press("l")
        said = [each.text for each in console.console_state.messages]
        assert said[-1].endswith("[audit] follow names none.")


async def test_who_may_not_see_the_audit_log_any_more_sees_no_more_of_the_file(
    console: TicryptApp, enclave: FakeEnclave, tmp_path: Path
) -> None:
    path = tmp_path / "ticrypt.log"
    path.write_text("one\n")
    reason = ""
    enclave.followed = followed_logs([path], lambda: reason)
    async with console.run_test(size=SIZE) as pilot:
        screen = await followed(pilot)
        await comes(pilot, screen, "one")
        reason = "list audit needs the role admin; you are user."
        append(path, "two\n")
        await until(pilot, lambda: f"! {reason}" in heads(pilot))
        assert texts(screen) == ["one"]


def stands_on(console: TicryptApp, text: str) -> bool:
    return found(console) == text


def found(console: TicryptApp) -> str:
    """The line that the cursor is on."""
    screen = console.screen
    cursor = screen.view.cursor_line if isinstance(screen, FoundLines) else None
    return cursor.text.rstrip() if cursor else ""


@pytest.mark.parametrize(
    ("amount", "said"),
    [(0, "0 B"), (999, "999 B"), (1024, "1 KiB"), (10_000_000_000, "9.31 GiB"), (2**50, "1 PiB")],
)
def test_a_size_is_said_in_its_largest_unit(amount: int, said: str) -> None:
    assert in_units(amount) == said
