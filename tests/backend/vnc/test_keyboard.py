"""What a person types, as keys of the guest's keyboard."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from keysymdef import keysymdef

from ticrypt_tui.backend.vnc.keyboard.layouts import LAYOUTS, Layout
from ticrypt_tui.backend.vnc.keyboard.menu import COMBINATIONS, events_of
from ticrypt_tui.backend.vnc.keyboard.strokes import Stroke, keysym, stroke_of_key, strokes_of

US, DE, FR = LAYOUTS["us"], LAYOUTS["de"], LAYOUTS["fr"]
QEMU = Path("/usr/share/qemu/keymaps")
SAME = {"us": "en-us", "gb": "en-gb", "de-nodeadkeys": "de", "fr-nodeadkeys": "fr", "es": "es",
        "it": "it", "br": "pt-br", "dk": "da", "jp": "ja"}  # fmt: skip
ASCII = "".join(map(chr, range(0x20, 0x7F)))


def places(text: str, layout: Layout) -> list[tuple[int, bool, bool]]:
    """The scan codes that type a text, with Shift and AltGr."""
    strokes, skipped = strokes_of(text, layout)
    assert not skipped
    return [(each.scancode, each.shift, each.altgr) for each in strokes]


def test_what_a_guest_must_be_told_by_shift_is_pressed_with_shift() -> None:
    at, pipe, tilde = strokes_of("@|~", US)[0]
    assert at.events == (
        (0xFFE1, 0x2A, True), (ord("@"), 0x03, True),
        (ord("@"), 0x03, False), (0xFFE1, 0x2A, False),
    )  # fmt: skip
    assert (pipe.scancode, tilde.scancode) == (0x2B, 0x29)


def test_a_layout_says_on_which_key_a_character_is() -> None:
    assert places("@", US) == [(0x03, True, False)]
    assert places("@", DE) == [(0x10, False, True)]
    assert places("@", FR) == [(0x0B, False, True)]
    assert places("yz", DE) == [(0x2C, False, False), (0x15, False, False)]


def test_american_keyboards_have_no_key_beside_the_left_shift() -> None:
    """Boot loaders take it for a backslash, whatever Linux has there."""
    assert places("<>", US) == [(0x33, True, False), (0x34, True, False)]


def test_every_layout_types_all_of_ascii() -> None:
    for name, layout in LAYOUTS.items():
        strokes, skipped = strokes_of(ASCII, layout)
        assert (name, skipped) == (name, "")
        assert len(strokes) >= len(ASCII)


def test_a_dead_key_goes_before_the_letter_or_the_space_bar() -> None:
    assert places("ê", FR) == [(0x1A, False, False), (0x12, False, False)]
    assert places("^", DE) == [(0x29, False, False), (0x39, False, False)]
    assert [each.keysym for each in strokes_of("ê", FR)[0]] == [0xFE52, ord("e")]
    assert places("é", FR) == [(0x03, False, False)]


def test_what_a_layout_cannot_make_is_told() -> None:
    strokes, skipped = strokes_of("aé漢\x1b\x00b\U0001f600", US)
    assert [chr(each.keysym) for each in strokes] == ["a", "b"]
    assert skipped == "é漢\x1b\x00\U0001f600"


def test_a_line_ends_with_one_enter_however_it_is_written() -> None:
    assert [each.scancode for each in strokes_of("\n\r\n\r\t", US)[0]] == [0x1C, 0x1C, 0x1C, 0x0F]


@pytest.mark.skipif(not QEMU.is_dir(), reason="QEMU's key maps are not installed")
def test_the_tables_agree_with_qemus_own_key_maps() -> None:
    names = {name: code for name, code, _ in keysymdef}
    for ours, theirs in SAME.items():
        known: dict[tuple[int, bool, bool], set[int]] = {}
        for line in (QEMU / theirs).read_text().splitlines():
            match line.split():
                case [name, code, *held] if code.startswith("0x") and name in names:
                    place = (int(code, 16), "shift" in held, "altgr" in held)
                    known.setdefault(place, set()).add(names[name])
        for character in ASCII:
            press = LAYOUTS[ours].presses(character)[0]
            place = (press.scancode, press.shift, press.altgr)
            assert keysym(press.character) in known[place], (ours, character)


@pytest.mark.parametrize(
    ("key", "character", "expected"),
    [
        ("enter", "\r", Stroke(0xFF0D, 0x1C)),
        ("backspace", "\x7f", Stroke(0xFF08, 0x0E)),
        ("f12", None, Stroke(0xFFC9, 0x58)),
        ("shift+tab", None, Stroke(0xFF09, 0x0F, shift=True)),
        ("ctrl+up", None, Stroke(0xFF52, 0xC8, control=True)),
        ("ctrl+c", "\x03", Stroke(ord("c"), 0x2E, control=True)),
        ("alt+x", "x", Stroke(ord("x"), 0x2D, alt=True)),
        ("ctrl+backslash", "\x1c", Stroke(ord("\\"), 0x2B, control=True)),
        ("ctrl+circumflex_accent", None, Stroke(ord("^"), 0x07, shift=True, control=True)),
        ("ctrl++", None, Stroke(ord("+"), 0x0D, shift=True, control=True)),
        ("space", " ", Stroke(0x20, 0x39)),
        ("A", "A", Stroke(ord("A"), 0x1E, shift=True)),
        ("number_sign", "#", Stroke(ord("#"), 0x04, shift=True)),
    ],
)
def test_a_terminals_key_is_the_guests_key(
    key: str, character: str | None, expected: Stroke
) -> None:
    assert stroke_of_key(key, character, US) == (expected,)


def test_a_key_that_no_keyboard_has_is_none() -> None:
    for key in ("", "ctrl+", "nonsense", "fn+a", "<scroll-up>", "ctrl+nonsense+a"):
        assert stroke_of_key(key, None, US) == ()


def test_every_combination_lets_go_of_what_it_pressed() -> None:
    assert {"Ctrl-Alt-Del", "Ctrl-Alt-F1", "Ctrl-Alt-F12", "SysRq-b", "Ctrl-]"} <= {*COMBINATIONS}
    for combination in COMBINATIONS:
        down: Counter[int] = Counter()
        for _, scancode, pressed in events_of(combination):
            down[scancode] += 1 if pressed else -1
            assert down[scancode] in (0, 1)
        assert not +down


def test_sysrq_holds_alt_and_print_around_its_letter() -> None:
    presses = [(scancode, down) for _, scancode, down in events_of("SysRq-h")]
    half = [(0x38, True), (0x54, True), (0x23, True)]
    assert presses == [*half, *((scancode, False) for scancode, _ in reversed(half))]
