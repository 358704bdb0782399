"""What a terminal sends for keys and for texts."""

from __future__ import annotations

import pytest

from ticrypt_tui.backend.consoles.keys import bytes_of_key, bytes_of_text


@pytest.mark.parametrize(
    ("key", "character", "sent"),
    [
        ("a", "a", b"a"), ("A", "A", b"A"), ("at", "@", b"@"), ("é", "é", "é".encode()),
        ("space", " ", b" "), ("enter", "\r", b"\r"), ("tab", "\t", b"\t"),
        ("backspace", "\x7f", b"\x7f"), ("escape", "\x1b", b"\x1b"), ("delete", None, b"\x1b[3~"),
        ("shift+tab", None, b"\x1b[Z"), ("up", None, b"\x1b[A"), ("ctrl+left", None, b"\x1b[1;5D"),
        ("home", None, b"\x1b[H"), ("pageup", None, b"\x1b[5~"), ("f1", None, b"\x1bOP"),
        ("f12", None, b"\x1b[24~"), ("shift+f5", None, b"\x1b[15;2~"),
        ("ctrl+c", "\x03", b"\x03"), ("ctrl+z", "\x1a", b"\x1a"), ("ctrl+at", "\0", b"\0"),
        ("ctrl+right_square_bracket", "\x1d", b"\x1d"), ("ctrl+backslash", "\x1c", b"\x1c"),
        ("alt+f", None, b"\x1bf"), ("alt+enter", None, b"\x1b\r"), ("alt+up", None, b"\x1b[1;3A"),
        ("ctrl+alt+c", None, b"\x1b\x03"), ("f35", None, b""), ("ctrl+shift", None, b""),
    ],
)  # fmt: skip
def test_a_key_sends_what_xterm_sends(key: str, character: str | None, sent: bytes) -> None:
    assert bytes_of_key(key, character) == sent


def test_arrows_are_others_where_the_guest_asked_for_them() -> None:
    assert bytes_of_key("up", None, application=True) == b"\x1bOA"
    assert bytes_of_key("shift+up", None, application=True) == b"\x1b[1;2A"


def test_a_text_is_typed_line_by_line_without_controls() -> None:
    assert bytes_of_text("one\r\ntwo\n\tthree\x1b[201~\x03\u009b") == b"one\rtwo\r\tthree[201~"


def test_a_text_cannot_leave_its_brackets() -> None:
    sent = bytes_of_text("a\x1b[201~rm", bracketed=True)
    assert sent == b"\x1b[200~a[201~rm\x1b[201~"
