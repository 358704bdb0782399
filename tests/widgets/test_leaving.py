"""Leaving a screen: once, whatever keys are still on their way, and never another in its place."""

from __future__ import annotations

from textual.app import App
from textual.screen import Screen

from tests.screens.driving import until
from ticrypt_tui.widgets.leaving import LeavingScreen


class Program(App[None]):
    """Screens on one another, and what those gave that were left."""

    def __init__(self) -> None:
        super().__init__()
        self.gave: list[str] = []

    def stand(self, screen: Screen[str]) -> None:
        def take(given: str | None) -> None:
            self.gave.append(given or "")

        self.push_screen(screen, take)


async def test_a_screen_that_is_left_twice_takes_no_other_with_it() -> None:
    program, screens = Program(), [LeavingScreen(), LeavingScreen()]
    async with program.run_test() as pilot:
        for each in screens:
            program.stand(each)
        await pilot.pause()
        screens[1].dismiss("once")
        screens[1].dismiss("twice")
        await until(pilot, lambda: program.gave, "the answer")
        assert program.gave == ["once"]
        assert program.screen is screens[0]


async def test_a_screen_below_another_one_leaves_once_it_is_on_top() -> None:
    program, below, above = Program(), LeavingScreen(), LeavingScreen()
    async with program.run_test() as pilot:
        program.stand(below)
        program.stand(above)
        await pilot.pause()
        below.dismiss("done meanwhile")
        await pilot.pause()
        assert program.screen is above
        above.dismiss("yes")
        await until(pilot, lambda: len(program.gave) == 2, "both")
        assert program.gave == ["yes", "done meanwhile"]
        assert len(program.screen_stack) == 1


async def test_a_screen_that_is_shown_again_can_be_left_again() -> None:
    program, screen = Program(), LeavingScreen()
    async with program.run_test() as pilot:
        program.install_screen(screen, "kept")
        for _ in range(2):
            program.stand(screen)
            await pilot.pause()
            screen.dismiss("left")
            await pilot.pause()
        assert program.gave == ["left", "left"]
        assert len(program.screen_stack) == 1
