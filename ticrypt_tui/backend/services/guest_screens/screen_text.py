"""What a VM's screen says, as text for scripts."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ticrypt_tui.backend.errors import DeadlineMissed
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.guest_screens.guests import Found, has_screen, run_of
from ticrypt_tui.backend.services.guest_screens.screen_of import (
    NO_PICTURE,
    PICTURE_SECONDS,
    ScreenOf,
)

if TYPE_CHECKING:
    from ticrypt_tui.backend.vnc.client import Client


@dataclass(frozen=True, slots=True)
class ScreenText:
    """What was read: a picture has no lines. `recognised` is the share of cells that were read.

    `cursor` is the row and column, from 0, of the text cursor.
    """

    lines: tuple[str, ...]
    width: int
    height: int
    recognised: float
    cursor: tuple[int, int] | None
    font: str

    @property
    def sentence(self) -> str:
        """The lines, and in words what of the screen is a picture."""
        size = f"{self.width} × {self.height} pixels"
        if not self.font:
            return f"(The screen is a picture of {size}; no text was recognised in it.)"
        if self.recognised == 1:
            return "\n".join(self.lines)
        share = f"{min(math.floor(self.recognised * 100), 99)}%"
        part = f"(Text was recognised in {share} of the screen's {size}; the rest is a picture.)"
        return "\n".join((*self.lines, part))


@operation(
    "vm.screen_text",
    Argument("vm", "object", says="a running VM's or service VM's ID or name"),
    on="guest",
    says="Print what a VM's screen says.",
    changes=False,
    preconditions=(has_screen,),
)
async def screen_text(call: Call, guest: Found) -> ScreenText:
    """Read a VM's screen once, on a connection of its own.

    Raises `Failed` where it does not answer, `DeadlineMissed` where no picture comes.
    """
    from ticrypt_tui.backend.vnc.ways import connect

    run = run_of(guest.row)
    assert run is not None
    await call.begun()
    connection = await connect(ScreenOf(call.enclave, run).open)
    try:
        async with asyncio.timeout(PICTURE_SECONDS):
            return await _read(connection.client)
    except TimeoutError:
        raise DeadlineMissed(NO_PICTURE) from None
    finally:
        await connection.close()


async def _read(client: Client) -> ScreenText:
    from ticrypt_tui.backend.vnc.recognition.reader import Reader

    changed = await client.update()
    while not any(rect.area for rect in changed):  # the pointer's picture may come first
        changed = await client.update()
    picture = client.framebuffer
    text = await asyncio.to_thread(Reader().read, picture.pixels, (picture.whole,))
    size = picture.width, picture.height
    if text is None:
        return ScreenText((), *size, 0.0, None, "")
    return ScreenText(tuple(text.lines()), *size, text.recognised, text.cursor, text.font)
