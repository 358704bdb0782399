"""A VM's serial console that a test prints on; what is typed is remembered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ticrypt_tui.backend.errors import Failed


@dataclass(frozen=True, slots=True)
class FakeRun:
    text: str
    foreground: int = -1
    background: int = -1
    bold: bool = False
    italic: bool = False
    underline: bool = False
    struck: bool = False
    reversed: bool = False


FakeRow = tuple[FakeRun, ...]
LOGIN: tuple[FakeRow, ...] = (
    (FakeRun("Debian GNU/Linux 12 tiny-2 ttyS0"),),
    (),
    (FakeRun("tiny-2 login: root"),),
    (FakeRun("root@tiny-2", 0x55FF55, bold=True), FakeRun(":"), FakeRun("~", 0x5555FF),
     FakeRun("# ls /srv")),
    (FakeRun("genome", 0x5555FF), FakeRun("  "), FakeRun("report", 0x000000, 0x00AA00),
     FakeRun("  漢字  "), FakeRun("lost+found", reversed=True)),
    (FakeRun("root@tiny-2", 0x55FF55, bold=True), FakeRun(":~# ")),
)  # fmt: skip


class FakeTerminal:
    """Shows lines from the top; `earlier` ones have left it."""

    def __init__(self, earlier: int = 0) -> None:
        self.title, self.notice = "tiny-2", ""
        self.ended = self.view_only = self.closed = False
        self.received, self.left_out = 0, 0
        self.size = (80, 24)
        self.first, self.top = 0, earlier
        self.lines: dict[int, FakeRow] = {
            number: (FakeRun(f"earlier {number}"),) for number in range(earlier)
        }
        self.cursor: tuple[int, int] | None = None
        self.typed: list[str] = []
        self.sizes: list[tuple[int, int]] = []
        self._told: list[Callable[[], None]] = []

    def print(self, *rows: FakeRow) -> None:
        """Show lines from the top of the screen, the cursor behind the last one."""
        self.lines |= {self.top + y: row for y, row in enumerate(rows)}
        self.cursor = self.top + len(rows) - 1, sum(len(run.text) for run in rows[-1])
        self.received += 1234
        self.tell()

    def tell(self) -> None:
        for told in tuple(self._told):
            told()

    def row(self, number: int) -> FakeRow:
        return self.lines.get(number, ())

    def resize(self, columns: int, rows: int) -> None:
        self.size = columns, rows
        self.sizes.append(self.size)

    def subscribe(self, told: Callable[[], None]) -> Callable[[], None]:
        self._told.append(told)
        return lambda: self._told.remove(told)

    def key(self, key: str, character: str | None) -> bool:
        if key == "f35":
            return False
        self.typed.append(key)
        return True

    def paste(self, text: str) -> None:
        if "\0" in text:
            raise Failed("The text is too long.")
        self.typed.append(text)

    def tell_size(self) -> None:
        self.typed.append("stty rows {1} cols {0}".format(*self.size))

    async def set_view_only(self, on: bool) -> None:
        self.view_only = on
        self.tell()

    async def close(self) -> None:
        self.closed = True
