"""What can be done with a VM's screen, behind the one key that is not the guest's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.widgets import Static

from ticrypt_tui.config.key_names import face
from ticrypt_tui.screens.help import HelpEntry
from ticrypt_tui.widgets.cells import fitted


@dataclass(frozen=True, slots=True)
class Command:
    """A key of the menu, what it does, and in which part of the list it stands.

    After one that `stays`, the menu is still open.
    """

    keys: tuple[str, ...]
    name: str
    says: str
    part: str
    stays: bool = False


PARTS = SCREENS, KEYS, SEEN, TEXT = "Screens", "Keys and pointer", "What is seen", "Text"

COMMANDS = (
    Command(("q",), "leave", "leave; it stays open", SCREENS),
    Command(("x",), "close", "close this screen", SCREENS),
    Command(("tab",), "next", "next screen (1-9)", SCREENS),
    Command(("shift+tab",), "previous", "screen before", SCREENS),
    Command(("question_mark",), "help", "all of this, to search", SCREENS),
    Command(("t",), "picture", "text, or picture", SEEN),
    Command(("b",), "blocks", "how pictures are drawn", SEEN),
    Command(("plus",), "larger", "larger", SEEN, True),
    Command(("minus",), "smaller", "smaller", SEEN, True),
    Command(("equals_sign",), "fit", "fit, or 1:1", SEEN),
    Command(("f",), "follow", "follow cursor, pointer", SEEN),
    Command(("up", "down", "left", "right"), "pan", "move what is seen", SEEN, True),
    Command(("v",), "view_only", "view-only, or not", KEYS),
    Command(("k",), "combination", "Ctrl-Alt-Del and others", KEYS),
    Command(("l",), "layout", "keyboard layout", KEYS),
    Command(("p",), "paste", "type a text", KEYS),
    Command(("slash",), "search", "search", TEXT),
    Command(("n",), "next_found", "next place", TEXT, True),
    Command(("N",), "previous_found", "place before", TEXT, True),
    Command(("c",), "copy", "copy", TEXT),
)
BY_KEY = {key: command for command in COMMANDS for key in command.keys}
WIDE = 28
"""The cells of a column; where each part has so many, it has a column of its own."""


def faces(command: Command) -> str:
    """A command's keys as people write them."""
    if len(command.keys) == 4:
        return "arrows"
    return " ".join(face(key) for key in command.keys)


def menu_lines(
    prefix: str, width: int, commands: Sequence[Command] = COMMANDS, parts_of: Sequence[str] = PARTS
) -> list[Content]:
    """The menu as a table: a column to each part, or to two of them where there is little room."""
    count = len(parts_of)
    roomy = width >= WIDE * count
    together = (1,) * count if roomy else (2,) * (count // 2) + (1,) * (count % 2)
    columns, parts = [], iter(parts_of)
    for count in together:
        cells = min(width // len(together), WIDE + 10)
        columns.append([line for _ in range(count) for line in _part(next(parts), cells, commands)])
    high = max(map(len, columns))
    blank = Content(" " * min(width // len(together), WIDE + 10))
    lines = [
        Content("").join([column[row] if row < len(column) else blank for column in columns])
        for row in range(high)
    ]
    sends = f"{prefix} again sends {prefix} to the guest; escape closes this menu."
    return [*lines, Content.styled(sends, "$text-muted")]


def _part(part: str, cells: int, every: Sequence[Command]) -> list[Content]:
    """One part as lines of some cells, the heading first."""
    commands = [each for each in every if each.part == part]
    width = max(len(faces(each)) for each in commands)
    lines = [
        Content.assemble(
            (fitted(faces(each), width), "bold $accent"),
            f" {fitted(each.says, cells - width - 2)} ",
        )
        for each in commands
    ]
    return [Content.styled(fitted(part, cells), "bold $text-accent"), *lines]


def help_entries(commands: Sequence[Command] = COMMANDS) -> list[HelpEntry]:
    """The commands as the list of keys shows them."""
    return [HelpEntry(each.part, faces(each), each.says) for each in commands]


class GuestMenu(Static):
    """The menu at the bottom, over the screen."""

    DEFAULT_CSS = """
    GuestMenu {
        dock: bottom; layer: menu; width: 1fr; height: auto; display: none; padding: 0 1;
        background: $panel; border-top: solid $primary;
    }
    """

    commands: Sequence[Command] = COMMANDS
    parts: Sequence[str] = PARTS

    def open(self, prefix: str) -> None:
        """Show what the next key may be."""
        lines = menu_lines(prefix, self.app.size.width - 2, self.commands, self.parts)
        self.update(Content("\n").join(lines))
        self.display = True
