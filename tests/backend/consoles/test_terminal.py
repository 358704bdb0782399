"""What a guest prints, as it is shown: whatever it is, it becomes characters in cells."""

from __future__ import annotations

import random

import pytest
from rich.cells import cell_len

from ticrypt_tui.backend.consoles.rows import Run
from ticrypt_tui.backend.consoles.terminal import COLUMNS, KEPT, MOST_MARKS, ROWS, Terminal
from ticrypt_tui.text import shown

SECRET = "stolen"
HOSTILE = (
    b"\x1b]0;stolen\x07", b"\x1b]52;c;c3RvbGVu\x1b\\", b"\x1b]8;;http://stolen\x1b\\", b"\x07",
    b"\x1bPq#0;2;0;0;0stolen\x1b\\", b"\x1b_Gf=24;stolen\x1b\\", b"\x1b^stolen\x1b\\",
    b"\x1bXstolen\x18", b"\x1b[21t", b"\x1b[5i", b"\x1b[!p", b"\x1b[>0q", b"\x1b[?1049h", b"\x05",
    b"\x1b[38:2::1:2:3m", b"\x1b F", b"\x1b*B", b"\x1b[?1000h\x1b[?1006h",
)  # fmt: skip


class Answers:
    """What the terminal answers its guest."""

    def __init__(self) -> None:
        self.said = b""

    def __call__(self, data: bytes) -> None:
        self.said += data


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def terminal(answers: Answers) -> Terminal:
    return Terminal(answers)


def text(terminal: Terminal, y: int) -> str:
    return "".join(run.text for run in terminal.row(terminal.top + y))


def everything(terminal: Terminal) -> list[str]:
    last = terminal.top + terminal.rows
    rows = (terminal.row(number) for number in range(terminal.first, last))
    return ["".join(run.text for run in row) for row in rows]


def test_text_and_colours_and_the_cursor(terminal: Terminal) -> None:
    terminal.feed(b"plain \x1b[1;31mred\x1b[0m\r\n\x1b[48;5;21;7mturned\x1b[m")
    plain, red = terminal.row(0)
    assert (plain.text, red.text, red.foreground, red.bold) == ("plain ", "red", 0xAA0000, True)
    assert terminal.row(1) == (Run("turned", background=0x0000FF, reversed=True),)
    assert terminal.cursor == (1, 6)
    terminal.feed(b"\x1b[?25l")
    assert terminal.cursor is None


@pytest.mark.parametrize("printed", HOSTILE, ids=repr)
def test_titles_strings_bells_and_unknown_commands_leave_nothing(
    terminal: Terminal, answers: Answers, printed: bytes
) -> None:
    terminal.feed(b"a" + printed + b"b")
    assert everything(terminal)[0] == "ab"
    assert answers.said == b""


@pytest.mark.parametrize("printed", HOSTILE, ids=repr)
def test_they_leave_nothing_byte_by_byte_either(terminal: Terminal, printed: bytes) -> None:
    for byte in b"a" + printed + b"b":
        terminal.feed(bytes([byte]))
    assert everything(terminal)[0] == "ab"


def test_controls_in_text_and_broken_text_are_shown_as_unknown(terminal: Terminal) -> None:
    terminal.feed("a\u009b31m\u202e\u200b\ufeffb".encode() + b"\xff\xfe\0")
    assert text(terminal, 0) == "a�31m���b��"


def test_line_drawing_is_drawn(terminal: Terminal) -> None:
    terminal.feed(b"\x1b(0lqk\x1b(B lqk \x1b)0\x0eq\x0f")
    assert text(terminal, 0) == "┌─┐ lqk ─"


def test_wide_and_combining_characters_fill_their_cells(terminal: Terminal) -> None:
    terminal.feed("漢字e\u0301n\u0303x".encode())
    assert text(terminal, 0) == "漢字éñx"
    assert terminal.cursor == (0, 7)
    terminal.feed("\x1b[1;80H漢".encode())  # half of it has no cell any more
    assert all(cell_len(each) <= COLUMNS for each in everything(terminal))


def test_marks_do_not_pile_up(terminal: Terminal) -> None:
    for _ in range(1000):
        terminal.feed("\u0316".encode())
    terminal.feed(b"a")
    for _ in range(1000):
        terminal.feed("\u0316".encode())
    assert len(text(terminal, 0)) <= 1 + MOST_MARKS + 1


def test_lines_that_left_are_kept_up_to_a_number(terminal: Terminal) -> None:
    for number in range(KEPT + 100):
        terminal.feed(b"line %d\r\n" % number)
    assert terminal.top - terminal.first == KEPT
    assert terminal.row(terminal.first)[0].text == f"line {KEPT + 100 - KEPT - ROWS + 1}"
    assert terminal.row(terminal.first - 1) == ()


def test_nothing_that_never_ends_grows(terminal: Terminal) -> None:
    for begun in (b"\x1b]0;", b"\x1bP", b"\x1b[", b"\x1b[1;", b"\x1b("):
        terminal.feed(begun)
        for _ in range(64):
            terminal.feed(b"9" * 1024)
        assert len(terminal._harmless._left) < 128
        terminal.feed(b"\x1b\\\x1b[2J\x1b[H")
    for _ in range(5000):
        terminal.feed(b"\x1b7\x1bH")
    assert len(terminal._screen.savepoints) < 32
    assert terminal.columns == COLUMNS


def test_a_guest_does_not_choose_the_size(terminal: Terminal) -> None:
    terminal.feed(b"\x1b[?3h\x1b[8;10;10t")
    assert (terminal.columns, terminal.rows) == (COLUMNS, ROWS)


def test_answers_are_of_the_terminal_alone(terminal: Terminal, answers: Answers) -> None:
    terminal.feed(b"\x1b[6n\x1b[c\x1b[5n")
    assert answers.said == b"\x1b[1;1R\x1b[?6c\x1b[0n"


def test_a_smaller_size_keeps_the_cursor_in_sight_and_what_was_above_it(terminal: Terminal) -> None:
    terminal.feed(b"\r\n".join(b"line %d" % number for number in range(20)))
    terminal.resize(60, 10)
    assert (text(terminal, 9), terminal.cursor) == ("line 19", (19, 7))
    assert terminal.row(terminal.first)[0].text == "line 0"
    terminal.resize(80, 24)
    terminal.feed(b"\r\nmore")
    assert [text(terminal, y) for y in (9, 10)] == ["line 19", "more"]


def test_an_empty_rest_of_the_screen_is_what_a_smaller_size_takes(terminal: Terminal) -> None:
    terminal.feed(b"one\r\ntwo")
    terminal.resize(80, 10)
    assert (terminal.top, text(terminal, 0), text(terminal, 1)) == (0, "one", "two")


def test_what_a_guest_asks_of_keys_is_known(terminal: Terminal) -> None:
    assert (terminal.application_keys, terminal.bracketed_paste) == (False, False)
    terminal.feed(b"\x1b[?1h\x1b[?2004h")
    assert (terminal.application_keys, terminal.bracketed_paste) == (True, True)


def test_noise_of_any_kind_becomes_lines_that_fit() -> None:
    """Bytes by chance, most of them the begin of some command."""
    chance = random.Random(7)
    parts = [b"\x1b", b"\x1b[", b"?", b";", b"38;5;", b"999", b"m", b"h", b"l", b"H", b"J", b"K",
             b"L", b"M", b"P", b"@", b"X", b"r", b"n", b"c", b"\x1bD", b"\x1bM", b"\x1b7", b"\x1b8",
             "漢".encode(), "\u0301".encode(), b"\x0e", b"\r\n", b"\t", b"\b", b"#8", b"text",
             b"6", b"1;1", b"\xc2\x9b", "\u1160".encode()]  # fmt: skip
    terminal = Terminal(lambda data: None)
    for turn in range(400):
        terminal.feed(b"".join(chance.choices(parts, k=40)))
        if turn % 50 == 0:
            terminal.resize(chance.randrange(1, 200), chance.randrange(1, 60))
        for line in everything(terminal)[-terminal.rows :]:
            assert shown(line) == line
            assert cell_len(line) <= terminal.columns
