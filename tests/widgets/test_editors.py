"""What the fields of a form are filled in with: choices, objects, devices, by keys alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widget import Widget

from ticrypt_tui.widgets.device_list import COUNTS, DeviceLine, DeviceList
from ticrypt_tui.widgets.form_field import FormField
from ticrypt_tui.widgets.picker import Option, Picker
from ticrypt_tui.widgets.radio import Radio
from ticrypt_tui.widgets.text_pad import TextPad

HALF, WHOLE, EVIL = Option("1", "half", "32 cores"), Option("2", "whole"), Option("3", "\x1b[red]")
Shown = Callable[[Widget], AbstractAsyncContextManager[Pilot[Any]]]


@pytest.fixture
def shown() -> Shown:
    """Shows one editor in a field, with the focus in it."""

    @asynccontextmanager
    async def one(editor: Widget) -> AsyncIterator[Pilot[Any]]:
        class Program(App[None]):
            def compose(self) -> ComposeResult:
                yield FormField("it", "It", editor)

        async with Program().run_test(size=(60, 12)) as pilot:
            pilot.app.query_one(FormField).enter()
            await pilot.pause()
            yield pilot

    return one


async def test_the_words_of_a_choice_are_all_in_sight_and_the_chosen_one_is_marked(
    shown: Shown,
) -> None:
    radio = Radio(("enabled", "no scheduler", "disabled"))
    async with shown(radio) as pilot:
        await pilot.press("right")
        assert radio.value == "no scheduler"
        assert radio.render().plain == "( ) enabled   (•) no scheduler   ( ) disabled"
        await pilot.press("left", "left")
        assert radio.value == "disabled"


async def test_a_picker_goes_through_its_options_and_to_a_letter(shown: Shown) -> None:
    picker = Picker([HALF, WHOLE])
    async with shown(picker) as pilot:
        assert "choose" in picker.render().plain
        await pilot.press("right")
        assert picker.value == "1"
        assert "half   32 cores" in picker.render().plain
        await pilot.press("w")
        assert picker.value == "2"
        await pilot.press("right")
        assert picker.value == "1"


async def test_a_hostile_name_is_shown_harmless(shown: Shown) -> None:
    picker = Picker([EVIL], "3")
    async with shown(picker):
        assert r"\u{1b}[red]" in picker.render().plain


async def test_what_is_no_longer_offered_is_no_longer_chosen(shown: Shown) -> None:
    picker = Picker([HALF, WHOLE], "1")
    async with shown(picker):
        picker.offer([WHOLE])
        assert picker.value == ""
        picker.offer([])
        assert "there is none" in picker.render().plain


async def test_what_has_to_be_done_before_a_choice_is_said_in_its_place(shown: Shown) -> None:
    picker = Picker([], nothing="choose the realm first")
    async with shown(picker):
        assert "choose the realm first" in picker.render().plain
        picker.offer([HALF, WHOLE])
        assert "choose   " in picker.render().plain


async def test_a_line_that_is_filled_in_makes_room_for_another(shown: Shown) -> None:
    devices = DeviceList()
    async with shown(devices) as pilot:
        assert len(devices.query(DeviceLine)) == 1
        await pilot.press(*"A100")
        assert len(devices.query(DeviceLine)) == 2
        assert devices.value == ("A100@",)


async def test_an_address_that_is_none_is_marked_as_it_is_typed(shown: Shown) -> None:
    devices = DeviceList(["A100@0000:41:00.0"])
    async with shown(devices) as pilot:
        line = devices.query(DeviceLine).first()
        line.rest.put("0000:41")
        await pilot.pause()
        assert line.rest.has_class("-wrong")
        line.rest.put("0000:42:00.0")
        await pilot.pause()
        assert not line.rest.has_class("-wrong")


async def test_a_field_that_was_not_touched_stays_untouched_by_coming_up(shown: Shown) -> None:
    async with shown(DeviceList(["A100@0000:41:00.0"])) as pilot:
        assert not pilot.app.query_one(FormField).touched
        await pilot.press("x")
        assert pilot.app.query_one(FormField).touched


async def test_a_choice_that_need_not_be_made_has_a_word_for_that(shown: Shown) -> None:
    radio = Radio(("linux", "windows"), unset="the volume's")
    async with shown(radio) as pilot:
        assert radio.value == ""
        assert radio.render().plain == "(•) the volume's   ( ) linux   ( ) windows"
        await pilot.press("right")
        assert radio.value == "linux"


async def test_devices_are_asked_for_by_kind_and_number(shown: Shown) -> None:
    counts = DeviceList(["A100:2"], COUNTS)
    async with shown(counts) as pilot:
        await pilot.press("tab", "tab", *"10de:20b0", "enter")
        last = counts.query(DeviceLine)[1]
        last.rest.focus()
        await pilot.press("4")
        assert counts.value == ("A100:2", "10de:20b0:4")
        await pilot.press("x")
        assert last.rest.has_class("-wrong")


async def test_a_text_of_several_lines_is_typed_line_by_line_and_left_by_tab(shown: Shown) -> None:
    pad = TextPad("one")
    async with shown(pad) as pilot:
        await pilot.press("end", "enter", *"two")
        assert pad.value == "one\ntwo"
        await pilot.press("tab")
        assert "\t" not in pad.value


async def test_what_a_terminal_could_trip_over_is_drawn_as_a_sign_and_kept(shown: Shown) -> None:
    pad = TextPad("echo \x1b[31m red")
    async with shown(pad):
        drawn = pad.render_line(0).text
        assert "echo �[31m red" in drawn
        assert pad.value == "echo \x1b[31m red"
