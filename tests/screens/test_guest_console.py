"""A VM's serial console: whose keys are whose, and what the menu behind the one key does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import pytest
from textual import events
from textual.app import App
from textual.pilot import Pilot

from tests.screens.driving import dialog, opened, until
from tests.screens.fake_terminal import LOGIN, FakeRun, FakeTerminal
from tests.screens.fakes import NOW, FakeEnclave
from tests.screens.test_guest_screens import seen, status
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.backend.errors import InUse
from ticrypt_tui.config import theme
from ticrypt_tui.screens.console import Console, Work
from ticrypt_tui.screens.guest_console import ConsoleScreen

PREFIX = "ctrl+right_square_bracket"
SMALL, LARGE = (80, 24), (160, 45)


class ConsoleApp(App[None]):
    """An app with nothing but a VM's console, and Textual's own keys behind it."""

    def __init__(self, guest: FakeTerminal) -> None:
        super().__init__()
        self.guest, self.console_state = guest, Console(lambda: NOW)
        self.console_state.work = self.work
        self.animation_level = "none"
        for each in theme.THEMES:
            self.register_theme(each)
        self.theme = theme.THEMES[0].name

    def work(self, doing: str, work: Work) -> None:
        self.run_worker(work())

    async def on_mount(self) -> None:
        await self.push_screen(ConsoleScreen(self.guest, self.console_state))


@pytest.fixture
def guest() -> FakeTerminal:
    return FakeTerminal(earlier=100)


@pytest.fixture
async def pilot(guest: FakeTerminal) -> AsyncIterator[Pilot[Any]]:
    """An app in which a VM's console is open, on which somebody has logged in."""
    async with ConsoleApp(guest).run_test(size=SMALL) as made:
        await until(made, lambda: guest.sizes, "being shown")
        guest.print(*LOGIN)
        await until(made, lambda: "login: root" in seen(made), "printing")
        yield made


async def sees(pilot: Pilot[Any], words: str) -> None:
    await until(pilot, lambda: words in seen(pilot), f"saying {words}")


async def test_every_key_is_the_guests_but_one(pilot: Pilot[Any], guest: FakeTerminal) -> None:
    keys = ["ctrl+p", "ctrl+q", "ctrl+c", "tab", "shift+tab", "escape", "f1", "f12", "colon",
            "question_mark", "q", "a", "enter", "up", "pageup", "ctrl+z", "alt+f", "A"]  # fmt: skip
    await pilot.press(*keys)
    await until(pilot, lambda: guest.typed == keys, "typing")
    await pilot.press(PREFIX)
    await sees(pilot, "type the size (stty)")
    await pilot.press(PREFIX, "x")
    await until(pilot, lambda: guest.typed == [*keys, PREFIX, "x"], "sending the prefix itself")
    assert "type the size" not in seen(pilot)


async def test_its_lines_and_state_are_seen(pilot: Pilot[Any], guest: FakeTerminal) -> None:
    assert "genome  report  漢字  lost+found" in seen(pilot)
    assert "tiny-2 · serial 80×23 · 1,234 B" in status(pilot)
    assert "ctrl+] menu" in status(pilot)
    guest.left_out = 5_000_000
    guest.tell()
    await sees(pilot, "5,000,000 B left out")


async def test_leaving_gives_the_console_back(pilot: Pilot[Any], guest: FakeTerminal) -> None:
    await pilot.press(PREFIX, "q")
    await until(pilot, lambda: guest.closed, "closing")
    assert not isinstance(pilot.app.screen, ConsoleScreen)


async def test_before_the_first_word_it_says_what_helps(guest: FakeTerminal) -> None:
    async with ConsoleApp(guest).run_test(size=SMALL) as pilot:
        await sees(pilot, "enter makes most guests say something")
        guest.print(*LOGIN)
        await until(pilot, lambda: "enter makes" not in seen(pilot), "going away")


async def test_lines_that_have_left_are_gone_back_to_until_something_is_typed(
    pilot: Pilot[Any], guest: FakeTerminal
) -> None:
    await pilot.press("shift+pageup")
    await sees(pilot, "BACK 22")
    assert "earlier 78" in seen(pilot)
    await pilot.press(PREFIX, "home")
    await sees(pilot, "BACK 100")
    assert seen(pilot).startswith("earlier 0")
    await pilot.press("down", "down", "pagedown", "escape")
    await sees(pilot, "BACK 76")
    assert guest.typed == []
    await pilot.press("x")
    await until(pilot, lambda: "BACK" not in status(pilot), "following")
    assert guest.typed == ["x"]


async def test_what_comes_meanwhile_does_not_move_what_is_gone_back_to(
    pilot: Pilot[Any], guest: FakeTerminal
) -> None:
    await pilot.press(PREFIX, "home", "escape")
    await sees(pilot, "BACK 100")
    guest.top += 50
    guest.print((FakeRun("new"),))
    await sees(pilot, "BACK 150")
    assert seen(pilot).startswith("earlier 0")


async def test_the_size_is_told_on_request_alone(pilot: Pilot[Any], guest: FakeTerminal) -> None:
    await pilot.resize_terminal(100, 30)
    await sees(pilot, "100×29 now. The guest does not know: ctrl+] s types stty.")
    assert (guest.size, guest.typed) == ((100, 29), [])
    await pilot.press(PREFIX, "s")
    await until(pilot, lambda: guest.typed == ["stty rows 29 cols 100"], "telling it")


async def test_view_only_keeps_keys_from_the_guest_and_says_so(
    pilot: Pilot[Any], guest: FakeTerminal
) -> None:
    await pilot.press(PREFIX, "v")
    await sees(pilot, "VIEW ONLY")
    await pilot.press("x")
    await sees(pilot, "View only: no key reaches the guest. ctrl+] v lets them through.")
    pilot.app.screen.post_message(events.Paste("rm"))
    await pilot.press(PREFIX, "v", "y")
    await until(pilot, lambda: guest.typed == ["y"], "letting keys through")


async def test_keys_that_come_in_a_burst_are_whose_they_were(
    pilot: Pilot[Any], guest: FakeTerminal
) -> None:
    burst = ["a", PREFIX, "s", "b", PREFIX, PREFIX, "c", PREFIX, "p", "d", "f", "enter", "e"]
    for key in burst:
        pilot.app.post_message(events.Key(key, key if len(key) == 1 else None))
    sent = ["a", "stty rows 23 cols 80", "b", PREFIX, "c", "df", "e"]
    await until(pilot, lambda: len(guest.typed) >= len(sent), "typing")
    assert guest.typed == sent


async def test_its_end_is_said_and_its_last_lines_stay(
    pilot: Pilot[Any], guest: FakeTerminal
) -> None:
    guest.ended, guest.cursor = True, None
    guest.notice = "The VM has ended: powered off by guest."
    guest.tell()
    await sees(pilot, "The VM has ended: powered off by guest.")
    assert " ENDED " in status(pilot)
    assert "genome  report" in seen(pilot)
    await pilot.press("x")
    await sees(pilot, "Nothing reaches this console any more; ctrl+] q leaves it.")


async def test_a_pasted_text_is_typed_and_a_long_one_after_a_yes(
    pilot: Pilot[Any], guest: FakeTerminal
) -> None:
    view = pilot.app.screen.focused
    assert view is not None
    view.post_message(events.Paste("short"))
    await until(pilot, lambda: guest.typed == ["short"], "typing it")
    view.post_message(events.Paste("long " * 1000))
    assert "It has 5,000 characters in 1 lines." in await dialog_on_top(pilot)
    await pilot.press("tab", "enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, ConsoleScreen), "the answer")


async def dialog_on_top(pilot: Pilot[Any]) -> str:
    await until(pilot, lambda: not isinstance(pilot.app.screen, ConsoleScreen), "a dialog")
    return await dialog(pilot)


async def test_a_text_of_ones_own_is_typed_from_the_menu(
    pilot: Pilot[Any], guest: FakeTerminal
) -> None:
    await pilot.press(PREFIX, "p", *"df", "enter")
    await until(pilot, lambda: guest.typed == ["df"], "typing it")
    await pilot.press("x")
    await until(pilot, lambda: guest.typed == ["df", "x"], "the guest's keys again")


async def test_lines_are_copied_by_keys(pilot: Pilot[Any], guest: FakeTerminal) -> None:
    await pilot.press(PREFIX, "c")
    await sees(pilot, "COPY")
    await pilot.press("up", "home", "space", *["right"] * 20, "enter")
    await until(pilot, lambda: pilot.app.clipboard, "copying")
    assert pilot.app.clipboard == "genome  report  漢字"
    await pilot.press("x")
    await until(pilot, lambda: guest.typed == ["x"], "the guest's keys again")


async def test_lines_are_copied_by_the_mouse(pilot: Pilot[Any]) -> None:
    await pilot.mouse_down(offset=(0, 3))
    await pilot.hover(offset=(5, 4))
    await pilot.mouse_up(offset=(5, 4))
    await until(pilot, lambda: pilot.app.clipboard, "copying")
    assert pilot.app.clipboard == "root@tiny-2:~# ls /srv\ngenome"


# From the tabs


@pytest.mark.parametrize("tab", ["running", "service"])
async def test_the_key_opens_it_from_its_tab(
    enclave: FakeEnclave, console: TicryptApp, guest: FakeTerminal, tab: str
) -> None:
    name = "vm.open_console" if tab == "running" else "service_vm.open_console"
    enclave.answers[name] = guest
    async with console.run_test(size=LARGE) as pilot:
        await opened(pilot, tab)
        await pilot.press("b")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConsoleScreen), "the console")
        await pilot.press(PREFIX, "q")
        await until(pilot, lambda: guest.closed, "closing")


@pytest.mark.parametrize(("answer", "asked"), [("tab", 2), ("escape", 1)])
async def test_what_another_has_is_taken_over_after_a_yes_alone(
    enclave: FakeEnclave, console: TicryptApp, guest: FakeTerminal, answer: str, asked: int
) -> None:
    given: list[Mapping[str, Any]] = []

    def answered(arguments: Mapping[str, Any]) -> FakeTerminal:
        given.append(arguments)
        if not arguments.get("take_over"):
            raise InUse("Somebody else has this console open now.", "It can be taken over.")
        return guest

    answer_to(enclave, answered)
    async with console.run_test(size=LARGE) as pilot:
        await opened(pilot)
        await pilot.press("b")
        said = await dialog(pilot)
        assert "take it over?" in said
        assert "Somebody else has this console open now." in said
        await pilot.press(*([answer, "enter"] if answer == "tab" else [answer]))
        await until(pilot, lambda: len(given) == asked, "the answer")
        taken = isinstance(pilot.app.screen, ConsoleScreen)
        assert taken == (asked == 2)


def answer_to(enclave: FakeEnclave, answered: Callable[[Mapping[str, Any]], FakeTerminal]) -> None:
    """Have a function answer where the console is opened."""
    run = enclave.run

    async def runs(operation: str, arguments: Mapping[str, Any]) -> Any:
        if operation == "vm.open_console":
            return answered(arguments)
        return await run(operation, arguments)

    enclave.run = runs  # type: ignore[method-assign]


def test_it_looks_as_it_did(snap_compare: Callable[..., bool], guest: FakeTerminal) -> None:
    async def printed(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: guest.sizes, "being shown")
        guest.print(*LOGIN)
        await pilot.press(PREFIX)
        await sees(pilot, "type the size (stty)")

    assert snap_compare(ConsoleApp(guest), terminal_size=SMALL, run_before=printed)
