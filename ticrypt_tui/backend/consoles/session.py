"""One open console of one VM: followed, shown and typed at, for as long as it is open."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Protocol

from ticrypt_tui.backend.consoles.keys import bytes_of_key, bytes_of_text
from ticrypt_tui.backend.consoles.rows import Row
from ticrypt_tui.backend.consoles.terminal import Terminal
from ticrypt_tui.backend.drivers.console import Console, Printed
from ticrypt_tui.backend.errors import Failed, Refused, TicryptError
from ticrypt_tui.text import shown

SLICE = 2048
"""Bytes that are shown at one go, before the event loop has its turn: about 2 ms."""
WRITTEN = 512
"""Bytes that are sent at one go, so that typing is never far behind a long text."""
MOST_UNSENT = 256 * 1024
REPLIES_UNSENT = 1024
"""From how many unsent bytes on the guest gets no answers: it asks faster than it listens."""
LOOKING_SECONDS = 5.0
"""How long a host may still have a VM whose console has ended with it."""
LOOKS = 10
HAS_ENDED = "The console has ended."
TAKEN_OVER = "The console has ended: somebody else took it over, or libvirt there was restarted."
VIEW_ONLY = "The console is open for viewing only: let keys through first."


class Keeper(Protocol):
    """Who opened the console: he lets things happen there, and keeps a record of it."""

    async def set_view_only(self, console: GuestConsole, on: bool) -> None:
        """Have `switch` called, if the caller may; raises a `TicryptError`."""

    async def closed(self, console: GuestConsole) -> None:
        """The console was closed by who looked at it, or ended."""


class GuestConsole:
    """What `vm.open_console` gives: a terminal with the guest at its other end.

    After every change the subscribers are told. Of what the guest prints faster than it can be
    shown, the oldest is left out; it takes half of the time at most, and so never all of it.
    """

    def __init__(
        self,
        console: Console,
        keeper: Keeper,
        ended: Callable[[], Awaitable[str]],
        *,
        console_id: str,
        vm_id: str,
        title: str,
    ) -> None:
        self.id, self.vm_id, self.title = console_id, vm_id, shown(title)
        self.view_only = self.ended = False
        self.notice = ""
        self.received = self.left_out = 0
        self._console, self._keeper, self._how_it_ended = console, keeper, ended
        self._terminal = Terminal(self._reply)
        self._subscribers: list[Callable[[], None]] = []
        self._unsent = bytearray()
        self._something = asyncio.Event()
        self._tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._send())]
        self._closed = False

    @property
    def sentence(self) -> str:
        """What a command line says of it."""
        return (
            f"The serial console of {self.title} could be opened. "
            "It is shown in the console; vm.logs prints what it has said."
        )

    def subscribe(self, told: Callable[[], None]) -> Callable[[], None]:
        """Call back after every change; returns what ends it."""
        self._subscribers.append(told)
        return lambda: self._subscribers.remove(told)

    # What is seen

    @property
    def size(self) -> tuple[int, int]:
        """The columns and rows of the terminal, which the guest does not know of."""
        return self._terminal.columns, self._terminal.rows

    def resize(self, columns: int, rows: int) -> None:
        """Have another size."""
        self._terminal.resize(columns, rows)

    @property
    def first(self) -> int:
        """The number of the oldest line that is kept."""
        return self._terminal.first

    @property
    def top(self) -> int:
        """The number of the first line of the terminal's screen."""
        return self._terminal.top

    def row(self, number: int) -> Row:
        """A line by its number."""
        return self._terminal.row(number)

    @property
    def cursor(self) -> tuple[int, int] | None:
        """The line's number and the column of the guest's cursor; None where it has none."""
        return None if self.ended else self._terminal.cursor

    # What is typed

    def key(self, key: str, character: str | None) -> bool:
        """Type a key as Textual names it; False for one that a terminal has not."""
        application = self._terminal.application_keys
        return self._type(bytes_of_key(key, character, application=application))

    def paste(self, text: str) -> None:
        """Type a text. Raises `Refused` while it is for viewing only, `Failed` where it has ended,
        or is too long."""
        if self.view_only:
            raise Refused(VIEW_ONLY)
        if self.ended:
            raise Failed(self.notice)
        data = bytes_of_text(text, bracketed=self._terminal.bracketed_paste)
        if len(self._unsent) + len(data) > MOST_UNSENT:
            raise Failed(f"The text is too long: {MOST_UNSENT // 1024} KiB can be typed at once.")
        self._type(data)

    def tell_size(self) -> None:
        """Type the command by which a Unix shell learns how large the terminal is."""
        columns, rows = self.size
        self.paste(f"stty rows {rows} cols {columns}\n")

    def _type(self, data: bytes) -> bool:
        if not self.view_only and not self.ended and len(self._unsent) < MOST_UNSENT:
            self._unsent += data
            self._something.set()
        return bool(data)

    def _reply(self, data: bytes) -> None:
        """What the terminal answers the guest, such as where its cursor is."""
        if len(self._unsent) < REPLIES_UNSENT:
            self._type(data)

    async def set_view_only(self, on: bool) -> None:
        """Whether keys are kept from the guest; recorded. Raises `TicryptError`."""
        await self._keeper.set_view_only(self, on)

    def switch(self, view_only: bool) -> None:
        """Set whether it is for viewing only, unrecorded."""
        self.view_only = view_only
        self._tell()

    # Its end

    async def close(self) -> None:
        """Give it back, so that another may open it; recorded."""
        if not self._closed:
            await self.leave()
            await self._keeper.closed(self)

    async def leave(self, why: str = "") -> None:
        """End it, unrecorded; safe twice."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await self._console.close()
        self._end(why or "The console was closed.")

    def _end(self, notice: str) -> None:
        if not self.ended:
            self.ended, self.notice = True, notice
            self._tell()

    async def _follow(self) -> None:
        while (printed := await self._console.read()) is not None:
            await self._show(printed)
        self._end(self._console.fault or HAS_ENDED)
        await self._console.close()
        if self.notice == HAS_ENDED:
            self.notice = await self._why()
            self._tell()

    async def _show(self, printed: Printed) -> None:
        if printed.left_out:
            self.left_out += printed.left_out
            self._terminal.skip()
        for begin in range(0, len(printed.data), SLICE):
            piece = printed.data[begin : begin + SLICE]
            began = monotonic()
            self._terminal.feed(piece)
            self.received += len(piece)
            self._tell()
            await asyncio.sleep(monotonic() - began)

    async def _why(self) -> str:
        """Why the guest's end of it is gone, though the way to it is not."""
        try:
            for _ in range(LOOKS):
                if ended := await self._how_it_ended():
                    return ended
                await asyncio.sleep(LOOKING_SECONDS / LOOKS)
        except TicryptError as error:
            return str(error)
        return TAKEN_OVER

    async def _send(self) -> None:
        try:
            while True:
                await self._something.wait()
                data = bytes(self._unsent[:WRITTEN])
                del self._unsent[:WRITTEN]
                if not self._unsent:
                    self._something.clear()
                await self._console.write(data)
        except TicryptError as error:
            if not self.ended:
                self._unsent.clear()
                await self._console.close()
                self._end(self._console.fault or str(error))

    def _tell(self) -> None:
        for told in tuple(self._subscribers):
            told()
