"""Themes: all that are offered have every colour, and the one that is chosen stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.screens.driving import opened, until
from tests.screens.fakes import NOW, FakeEnclave
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.config import theme
from ticrypt_tui.config.chosen_theme import ChosenTheme


def console_of(folder: Path) -> TicryptApp:
    """A console of somebody with this data folder."""

    async def opener() -> FakeEnclave:
        return FakeEnclave()

    return TicryptApp(opener, clock=lambda: NOW, chosen_theme=ChosenTheme(folder))


async def test_every_theme_that_is_offered_can_colour_every_project(tmp_path: Path) -> None:
    console = console_of(tmp_path)
    async with console.run_test(size=(160, 45)) as pilot:
        await opened(pilot, "projects")
        assert [*console.available_themes] == [each.name for each in theme.THEMES]
        for name in console.available_themes:
            console.theme = name
            await pilot.pause()


async def test_a_theme_that_is_chosen_is_there_the_next_time(tmp_path: Path) -> None:
    console = console_of(tmp_path)
    kept = tmp_path / "theme" / theme.fitting()
    async with console.run_test() as pilot:
        await pilot.pause()
        assert not kept.exists()
        console.theme = theme.DAY.name
        await until(pilot, lambda: kept.exists() and kept.read_text() == "day\n", "keeping it")
    assert console_of(tmp_path).theme == "day"


def test_a_terminal_of_sixteen_colours_has_a_choice_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ChosenTheme(tmp_path).keep("day")
    monkeypatch.setenv("TERM", "linux")
    monkeypatch.delenv("COLORTERM")
    assert ChosenTheme(tmp_path).name() == "ansi"


def test_what_is_kept_of_a_theme_that_there_is_not_counts_for_nothing(tmp_path: Path) -> None:
    chosen = ChosenTheme(tmp_path)
    for name in ("nord", "ünknown", ""):
        (tmp_path / "theme").mkdir(exist_ok=True)
        (tmp_path / "theme" / theme.fitting()).write_text(name)
        assert chosen.name() == theme.fitting()


def test_a_folder_that_cannot_be_written_is_no_reason_to_fail(tmp_path: Path) -> None:
    (tmp_path / "theme").write_text("a file in its place")
    chosen = ChosenTheme(tmp_path)
    chosen.keep("day")
    assert chosen.name() == theme.fitting()
