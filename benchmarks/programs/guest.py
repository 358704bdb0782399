"""The console with a VM's text screen open on it, which echoes what is typed.

`python -m benchmarks.programs.guest`: keys are those of a person; F9 fills the whole screen with
text, F10 empties it, F8 changes the table behind it. The cursor blinks all the while, as one does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from string import ascii_letters, digits

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tests.screens.fake_guest import GREY, FakeGuest, FakeRect, text_screen
from tests.screens.fakes import FakeEnclave
from ticrypt_tui.app import TicryptApp

BLINK = 0.267
"""Seconds, as of the VGA that QEMU plays."""
ROWS, COLUMNS, WIDE, HIGH = 25, 80, 9, 16
LETTERS = ascii_letters + digits + "-/.:"


class EchoingGuest(FakeGuest):
    """A shell's prompt at which letters appear, in its text and in its picture."""

    def __init__(self, enclave: FakeEnclave) -> None:
        self._enclave = enclave
        super().__init__(text=text_screen(["/ # "], cursor=(0, 4)))
        self._hidden: tuple[int, int] | None = None
        self._font = ImageFont.load_default(13)
        self._draw_all()

    def subscribe(self, told: Callable[[Sequence[FakeRect]], None]) -> Callable[[], None]:
        asyncio.get_running_loop().call_later(BLINK, self._blink)
        return super().subscribe(told)

    def _blink(self) -> None:
        """Show the cursor where it is hidden, or hide it, for ever."""
        assert self.text is not None
        self._hidden, cursor = self.text.cursor, self._hidden
        self.text = replace(self.text, cursor=cursor)
        self.tell()
        asyncio.get_running_loop().call_later(BLINK, self._blink)

    def key(self, key: str, character: str | None) -> bool:
        if key == "f8":
            self._enclave.change("running", self._enclave.rows["running"][1:])
        elif key in ("f9", "f10"):
            lines, self._hidden = full() if key == "f9" else [""], None
            self.text = text_screen(lines, cursor=(0, 0))
            self._draw_all()
            self.tell()
        elif character and self.text is not None:
            row, column = self.text.cursor or self._hidden or (0, 0)
            self._hidden = None
            self._draw(row, column, character)
            self.write(row, column, character)
        return True

    def _draw_all(self) -> None:
        self.pixels = np.zeros((ROWS * HIGH, COLUMNS * WIDE), np.uint32)
        assert self.text is not None
        for number, row in enumerate(self.text.rows):
            for column, cell in enumerate(row):
                if cell.character != " ":
                    self._draw(number, column, cell.character)

    def _draw(self, row: int, column: int, character: str) -> None:
        glyph = Image.new("1", (WIDE, HIGH))
        ImageDraw.Draw(glyph).text((1, 0), character, fill=1, font=self._font)
        y, x = row * HIGH, column * WIDE
        lit = np.asarray(glyph).astype(np.uint32) * np.uint32(GREY)
        self.pixels[y : y + HIGH, x : x + WIDE] = lit


def full() -> list[str]:
    """A screen full of text, such as a listing of a folder."""
    words = (LETTERS * (ROWS * COLUMNS // len(LETTERS) + 1))[: ROWS * COLUMNS]
    lines = [words[at : at + COLUMNS] for at in range(0, len(words), COLUMNS)]
    return [f"{line[:37]}  {line[39:70]}" for line in lines]


def main() -> None:
    enclave = FakeEnclave()
    enclave.answers["vm.open_vnc"] = EchoingGuest(enclave)

    async def opener() -> FakeEnclave:
        return enclave

    TicryptApp(opener).run()


if __name__ == "__main__":
    main()
