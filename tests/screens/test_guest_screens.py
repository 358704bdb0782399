"""VMs' screens that are open: whose keys are whose, and what the menu behind the one key does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from textual import events
from textual.app import App
from textual.pilot import Pilot
from textual.widget import Widget

from tests.screens.driving import opened, said, until
from tests.screens.fake_guest import FakeGuest
from tests.screens.fakes import NOW, FakeEnclave
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.screens import guest_screens
from ticrypt_tui.screens.console import Console, Work
from ticrypt_tui.screens.guest_opening import show
from ticrypt_tui.screens.guest_screens import GuestScreens
from ticrypt_tui.widgets import guest_text
from ticrypt_tui.widgets.guest_view import GuestView

PREFIX = "ctrl+right_square_bracket"
LARGE = (160, 45)


@pytest.fixture(autouse=True)
def _nothing_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said stays, and a cursor that blinks is taken for steady, however long it lasts."""
    monkeypatch.setattr(guest_screens, "SAID_SECONDS", 600.0)
    monkeypatch.setattr(guest_text, "CURSOR_SECONDS", 600.0)


@pytest.fixture
def guest(enclave: FakeEnclave) -> FakeGuest:
    """What the first VM's screen is, once it is opened."""
    made = FakeGuest()
    enclave.answers["vm.open_vnc"] = made
    return made


class GuestApp(App[None]):
    """An app with nothing but a VM's screen, and Textual's own keys behind it."""

    def __init__(self, guest: FakeGuest) -> None:
        super().__init__()
        self.guest, self.console_state = guest, Console(lambda: NOW)
        self.console_state.work = self.work
        self.animation_level = "none"

    def work(self, doing: str, work: Work) -> None:
        self.run_worker(work())

    async def on_mount(self) -> None:
        await show(self, self.console_state, self.guest, "vm-1", now=True)


@pytest.fixture
async def pilot(guest: FakeGuest) -> AsyncIterator[Pilot[Any]]:
    """An app in which a VM's screen is open."""
    async with GuestApp(guest).run_test(size=LARGE) as made:
        await until(made, lambda: guest.watched, "watching")
        yield made


def seen(pilot: Pilot[Any]) -> str:
    """What is on screen, line by line."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


def status(pilot: Pilot[Any]) -> str:
    return seen(pilot).splitlines()[-1]


# Keys and pointer


async def test_keys_that_come_in_a_burst_are_whose_they_were(
    pilot: Pilot[Any], guest: FakeGuest
) -> None:
    for key in ("a", PREFIX, "t", "b", PREFIX, PREFIX, "c", PREFIX, "f", "d"):
        pilot.app.post_message(events.Key(key, key if len(key) == 1 else None))
    sent = ["a", "b", PREFIX, "c", "d"]
    await until(pilot, lambda: len(guest.keys) >= len(sent), "typing")
    assert guest.keys == sent


async def test_every_key_is_the_guests_but_one(pilot: Pilot[Any], guest: FakeGuest) -> None:
    keys = ["ctrl+p", "ctrl+q", "ctrl+c", "tab", "shift+tab", "escape", "f1", "f12", "colon",
            "question_mark", "q", "a", "enter", "up", "ctrl+z", "alt+f", "A"]  # fmt: skip
    await pilot.press(*keys)
    assert guest.keys == keys
    assert isinstance(pilot.app.screen, GuestScreens)
    await pilot.press(PREFIX)
    assert guest.keys == keys


async def test_the_key_twice_is_the_guests_and_escape_only_closes_the_menu(
    pilot: Pilot[Any], guest: FakeGuest
) -> None:
    await pilot.press(PREFIX)
    assert "Ctrl-Alt-Del and others" in seen(pilot)
    await pilot.press(PREFIX, "x", PREFIX, "escape", "y")
    assert guest.keys == [PREFIX, "x", "y"]
    assert "Ctrl-Alt-Del and others" not in seen(pilot)


async def test_the_key_can_be_another_one(
    enclave: FakeEnclave, console: TicryptApp, guest: FakeGuest
) -> None:
    enclave.settings.keys = {"guest.leave": "f12"}
    async with console.run_test(size=LARGE) as pilot:
        await opened(pilot)
        await pilot.press("v")
        await until(pilot, lambda: guest.watched, "watching")
        assert "f12 menu" in status(pilot)
        await pilot.press(PREFIX, "f12", "q")
        assert guest.keys == [PREFIX]
        assert not isinstance(console.screen, GuestScreens)


async def test_keys_are_the_guests_while_the_window_has_no_focus(
    pilot: Pilot[Any], guest: FakeGuest
) -> None:
    pilot.app.screen.set_focus(None)
    await pilot.press("ctrl+q", "x")
    assert guest.keys == ["ctrl+q", "x"]


async def test_what_the_layout_cannot_make_is_said(pilot: Pilot[Any], guest: FakeGuest) -> None:
    await pilot.press("é")
    assert "The us keyboard has no é: nothing was typed. ctrl+] l" in seen(pilot)


async def test_the_pointer_is_the_guests_in_its_pixels(pilot: Pilot[Any], guest: FakeGuest) -> None:
    await pilot.mouse_down(GuestView, offset=(40, 9))
    await pilot.hover(GuestView, offset=(42, 10))
    await pilot.mouse_up(GuestView, offset=(42, 10))
    assert (4, 8, 1) in guest.moves
    assert guest.moves[-1] == (22, 24, 0)


async def test_a_pasted_text_is_typed_and_what_could_not_be_is_said(
    pilot: Pilot[Any], guest: FakeGuest
) -> None:
    pilot.app.post_message(events.Paste("ls é\n"))
    await until(pilot, lambda: "Left out" in seen(pilot), "saying so")
    assert guest.pasted == ["ls é\n"]
    assert "Typed 4 characters. Left out, for the us keyboard has them not: é" in seen(pilot)


async def test_a_long_paste_is_asked_about(pilot: Pilot[Any], guest: FakeGuest) -> None:
    pilot.app.post_message(events.Paste("x\n" * 2000))
    await until(pilot, lambda: "4,000 characters in 2,001 lines" in said(pilot), "asking")
    await pilot.press("escape")
    assert guest.pasted == []


async def test_a_combination_is_chosen_and_pressed(pilot: Pilot[Any], guest: FakeGuest) -> None:
    await pilot.press(PREFIX, "k")
    await until(pilot, lambda: not isinstance(pilot.app.screen, GuestScreens), "the list")
    await pilot.press(*"del", "enter")
    await until(pilot, lambda: guest.pressed == ["Ctrl-Alt-Del"], "pressing")


async def test_a_layout_is_chosen_for_this_screen(pilot: Pilot[Any], guest: FakeGuest) -> None:
    await pilot.press(PREFIX, "l")
    await until(pilot, lambda: not isinstance(pilot.app.screen, GuestScreens), "the list")
    await pilot.press(*"de", "enter")
    await until(pilot, lambda: "de keyboard" in status(pilot), "the layout")


async def test_view_only_is_loud_and_lets_nothing_through(
    pilot: Pilot[Any], guest: FakeGuest
) -> None:
    await pilot.press(PREFIX, "v")
    await until(pilot, lambda: status(pilot).startswith("  VIEW ONLY "), "saying so")
    await pilot.press("x")
    await until(pilot, lambda: "View only: no key reaches the guest" in seen(pilot), "saying why")
    assert guest.keys == []
    await pilot.press(PREFIX, "v")
    await until(pilot, lambda: "VIEW ONLY" not in status(pilot), "the end of it")


async def test_a_refused_combination_says_why(pilot: Pilot[Any], guest: FakeGuest) -> None:
    guest.view_only = True
    await pilot.press(PREFIX, "k")
    await until(pilot, lambda: not isinstance(pilot.app.screen, GuestScreens), "the list")
    await pilot.press("enter")
    await until(pilot, lambda: "It is view-only." in seen(pilot), "saying why")


# What is seen


async def test_what_the_guest_writes_appears(pilot: Pilot[Any], guest: FakeGuest) -> None:
    guest.write(8, 4, "echo done")
    await until(pilot, lambda: "/ # echo done" in seen(pilot), "it")


async def test_a_cursor_that_blinks_sets_no_more_than_one_timer(
    pilot: Pilot[Any], guest: FakeGuest, monkeypatch: pytest.MonkeyPatch
) -> None:
    timers: list[Any] = []

    def set_timer(self: GuestView, *arguments: Any) -> Any:
        timers.append(arguments)
        return Widget.set_timer(self, *arguments)

    view = pilot.app.screen.query_one(GuestView)
    monkeypatch.setattr(GuestView, "set_timer", set_timer)
    for cursor in (None, (8, 4)) * 5:
        guest.change(cursor=cursor)
        view.paint()
    assert len([each for each in timers if each[1] != view.paint]) == 1


async def test_text_is_searched_and_the_places_are_gone_through(
    pilot: Pilot[Any], guest: FakeGuest
) -> None:
    await pilot.press(PREFIX, "slash", *"INET", "enter")
    assert "/INET: 1 of 2" in status(pilot)
    await pilot.press(PREFIX, "n", "escape")
    assert "/INET: 2 of 2" in status(pilot)
    assert guest.keys == []


async def test_a_picture_says_nothing_of_what_is_sought(pilot: Pilot[Any]) -> None:
    await pilot.press(PREFIX, "slash", *"inet", "enter", PREFIX, "t")
    await until(pilot, lambda: "half blocks" in status(pilot), "the picture")
    assert "/inet" not in status(pilot)
    await pilot.press(PREFIX, "t")
    await until(pilot, lambda: "/inet: 1 of 2" in status(pilot), "the text")


async def test_text_is_copied_by_keys(pilot: Pilot[Any], guest: FakeGuest) -> None:
    await pilot.press(PREFIX, "c", "up", "home", "space", "end", "enter", "x")
    assert pilot.app.clipboard == "    inet 192.168.122.40/24 scope global eth0"
    assert guest.keys == ["x"]


async def test_text_is_copied_by_the_mouse_where_it_is_not_the_guests(
    pilot: Pilot[Any], guest: FakeGuest
) -> None:
    guest.view_only = True
    await pilot.mouse_down(GuestView, offset=(40, 11))
    await pilot.app.screen.query_one(GuestView).on_event(_moved(46, 11))
    await pilot.mouse_up(GuestView, offset=(46, 11))
    await pilot.pause()
    assert pilot.app.clipboard == "Booting"
    assert guest.moves == []


def _moved(x: int, y: int) -> events.MouseMove:
    return events.MouseMove(None, x, y, 0, 0, 1, False, False, False)


async def test_before_the_first_picture_it_says_that_it_waits_for_it() -> None:
    guest = FakeGuest()
    text, guest.text, guest.awaited = guest.text, None, True
    async with GuestApp(guest).run_test(size=LARGE) as pilot:
        await until(pilot, lambda: "waiting for the first picture" in status(pilot), "the wait")
        assert "half blocks" not in status(pilot)
        guest.text, guest.awaited = text, False
        guest.tell()
        await until(pilot, lambda: "text 80×25" in status(pilot), "the text")


async def test_it_can_be_seen_as_a_picture_and_zoomed(pilot: Pilot[Any], guest: FakeGuest) -> None:
    await pilot.press(PREFIX, "t")
    assert "720×400 half blocks, fit" in status(pilot)
    await pilot.press(PREFIX, "equals_sign", PREFIX, "plus", "escape", PREFIX, "f", PREFIX, "b")
    assert "720×400 quadrants, 2:1, follows the pointer" in status(pilot)
    await pilot.press(PREFIX, "t")
    assert "text 80×25" in status(pilot)


async def test_a_resolution_that_changes_is_followed(pilot: Pilot[Any], guest: FakeGuest) -> None:
    guest.picture(768, 1024)
    await until(pilot, lambda: "1024×768 half blocks" in status(pilot), "the picture")
    assert "SeaBIOS" not in seen(pilot)


async def test_what_happens_to_the_guest_is_said_and_what_was_there_stays(
    pilot: Pilot[Any], guest: FakeGuest
) -> None:
    guest.notice, guest.ended = "tiny-2 was powered off; its last screen stays.\x1b[2J", True
    guest.tell()
    await until(pilot, lambda: "was powered off" in seen(pilot), "the notice")
    assert "\x1b" not in seen(pilot)
    assert "SeaBIOS" in seen(pilot)
    assert " ENDED " in status(pilot)


# Several screens, opened from the table


async def test_several_screens_are_open_and_only_the_one_in_sight_is_watched(
    console: TicryptApp, enclave: FakeEnclave, guest: FakeGuest
) -> None:
    async with console.run_test(size=LARGE) as pilot:
        await opened(pilot)
        await pilot.press("v")
        await until(pilot, lambda: guest.watched, "the screen")
        await pilot.press(PREFIX, "q")
        await until(pilot, lambda: guest.watched[-1] is False, "watching no more")
        await pilot.press("v")  # it is open: it is gone back to
        await until(pilot, lambda: guest.watched[-1], "going back")
        assert [name for name, _ in enclave.ran].count("vm.open_vnc") == 1
        await pilot.press(PREFIX, "q")
        other = enclave.answers["vm.open_vnc"] = FakeGuest("tiny-1")
        await until(pilot, lambda: not isinstance(console.screen, GuestScreens), "leaving")
        await pilot.press("down", "v")
        await until(pilot, lambda: other.watched, "the other screen")
        assert status(pilot).startswith(" 1 tiny-2  [2 tiny-1] ")
        await pilot.press(PREFIX, "tab", "a", PREFIX, "2", "b")
        assert (guest.keys, other.keys) == (["a"], ["b"])
        assert (guest.watched[-1], other.watched[-1]) == (False, True)
        await pilot.press(PREFIX, "x")
        await until(pilot, lambda: other.closed, "closing")
        assert status(pilot).startswith(" tiny-2 ")
        await pilot.press(PREFIX, "x")
        await until(pilot, lambda: guest.closed, "closing")
        assert not isinstance(console.screen, GuestScreens)


async def test_a_screen_that_cannot_be_opened_says_why(
    console: TicryptApp, enclave: FakeEnclave
) -> None:
    enclave.answers["vm.open_vnc"] = Failed("It has no screen.", "Start it in debug mode.")
    async with console.run_test(size=LARGE) as pilot:
        await opened(pilot)
        await pilot.press("v")
        await until(pilot, lambda: "It has no screen." in said(pilot), "saying why")
