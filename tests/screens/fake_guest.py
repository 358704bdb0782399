"""A VM's screen that a test writes on; every key and movement is remembered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ticrypt_tui.backend.errors import Refused

GREY, BLACK = 0xAAAAAA, 0x000000
BOOT = (
    "SeaBIOS (version 1.16.2-debian-1.16.2-1)",
    "",
    "Booting from Hard Disk...",
    "tiny-linux ready on 6.1.0-56-cloud-amd64",
    "BusyBox v1.35.0 built-in shell (ash)",
    "",
    "/ # ip a | grep inet",
    "    inet 192.168.122.40/24 scope global eth0",
    "/ # ",
)


@dataclass(frozen=True, slots=True)
class FakeRect:
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class FakeCell:
    character: str
    foreground: int = GREY
    background: int = BLACK


@dataclass(frozen=True, slots=True)
class FakeText:
    rows: tuple[tuple[FakeCell, ...], ...]
    cursor: tuple[int, int] | None = None
    cell_width: int = 9
    cell_height: int = 16
    left: int = 0
    top: int = 0
    font: str = "VGA 9x16"
    recognised: float = 1.0


def text_screen(
    lines: Sequence[str], *, size: tuple[int, int] = (25, 80), cursor: tuple[int, int] | None = None
) -> FakeText:
    """Lines as a text screen of some size (rows, columns), grey on black."""
    padded = [line.ljust(size[1])[: size[1]] for line in (*lines, *[""] * size[0])][: size[0]]
    return FakeText(tuple(tuple(map(FakeCell, line)) for line in padded), cursor)


class FakeGuest:
    """Shows a text screen, or with `picture` nothing but pixels."""

    menu: Sequence[str] = ("Ctrl-Alt-Del", "Ctrl-Alt-F1", "PrintScreen")
    layouts: Sequence[str] = ("us", "de")

    def __init__(self, title: str = "tiny-2", text: FakeText | None = None) -> None:
        self.title, self.vm_id = title, f"vm-{title}"
        self.text: FakeText | None = text or text_screen(BOOT, cursor=(8, 4))
        self.width, self.height = 720, 400
        self.pixels: NDArray[np.uint32] = _pattern(400, 720)
        self.layout, self.notice = "us", ""
        self.ended = self.view_only = self.closed = self.awaited = False
        self.keys: list[str] = []
        self.moves: list[tuple[int, int, int]] = []
        self.pressed: list[str] = []
        self.pasted: list[str] = []
        self.watched: list[bool] = []
        self._told: list[Callable[[Sequence[FakeRect]], None]] = []

    def picture(self, height: int, width: int) -> None:
        """Show a picture instead of text."""
        self.text, self.width, self.height = None, width, height
        self.pixels = _pattern(height, width)
        self.tell()

    def write(
        self, row: int, column: int, text: str, foreground: int = GREY, background: int = BLACK
    ) -> None:
        """Write on the text screen, and put the cursor behind it."""
        assert self.text is not None
        rows = [list(each) for each in self.text.rows]
        for place, character in enumerate(text, column):
            rows[row][place] = FakeCell(character, foreground, background)
        kept = (
            tuple(new) if number == row else old
            for number, (new, old) in enumerate(zip(rows, self.text.rows, strict=True))
        )
        self.text = replace(self.text, rows=tuple(kept), cursor=(row, column + len(text)))
        self.tell()

    def change(self, **what: object) -> None:
        """Change something of the text screen, such as its cursor."""
        assert self.text is not None
        self.text = replace(self.text, **what)  # type: ignore[arg-type]
        self.tell()

    def tell(self, *rects: FakeRect) -> None:
        for told in list(self._told):
            told(rects)

    def subscribe(self, told: Callable[[Sequence[FakeRect]], None]) -> Callable[[], None]:
        self._told.append(told)
        return lambda: self._told.remove(told)

    def watch(self, visible: bool) -> None:
        if not self.watched or self.watched[-1] != visible:
            self.watched.append(visible)

    def key(self, key: str, character: str | None) -> bool:
        if key == "é":
            return False
        self.keys.append(key)
        return True

    def pointer(self, x: int, y: int, buttons: int) -> None:
        if not self.view_only:
            self.moves.append((x, y, buttons))

    async def press(self, combination: str) -> None:
        if self.view_only:
            raise Refused("It is view-only.", "Let keys through first.")
        self.pressed.append(combination)

    async def paste(self, text: str) -> str:
        self.pasted.append(text)
        return "".join(each for each in text if ord(each) > 126)

    async def set_view_only(self, on: bool) -> None:
        self.view_only = on
        self.tell()

    async def close(self) -> None:
        self.closed = True


def _pattern(height: int, width: int) -> NDArray[np.uint32]:
    """Colour bars over a grey slope: something that can be told apart anywhere."""
    bars = np.array([0xC0C0C0, 0xC0C000, 0x00C0C0, 0x00C000, 0xC000C0, 0xC00000, 0x0000C0])
    columns = np.arange(width) * 7 // width
    pixels = np.tile(bars[columns].astype(np.uint32), (height, 1))
    slope = (np.arange(width, dtype=np.uint32) * 255 // max(width - 1, 1)) * np.uint32(0x010101)
    pixels[height * 3 // 4 :] = slope
    return pixels
