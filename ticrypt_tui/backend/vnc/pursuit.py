"""Follows one VM's screen through all that its guest does: new sizes, reboots, its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from ticrypt_tui.backend.drivers.graphics import Graphics
from ticrypt_tui.backend.errors import HostUnreachable, NotFound, TicryptError
from ticrypt_tui.backend.vnc.errors import ScreenLost
from ticrypt_tui.backend.vnc.framebuffer import Framebuffer, Rect
from ticrypt_tui.backend.vnc.ways import Connection, connect
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.vnc.client import Client, Cursor
    from ticrypt_tui.backend.vnc.recognition.reader import Reader, TextScreen

PAUSES = (0.3, 1, 2, 4, 8, 15)
"""Seconds before each further attempt to get the screen back; the last one goes on."""
FIRST_SECONDS = 20.0
"""How long a server may take to send its first picture; QEMU's take up to three when idle."""
REASON_SECONDS = 120.0
"""How long the reason of an end may come after the end itself: a busy host records it late."""
LARGE = 1 << 18
"""How many changed pixels are read on a thread: what takes longer than a key may wait."""
LAST_PICTURE = "This is the last picture of its screen."


class Guest(Protocol):
    """The VM whose screen it is, as its host knows it."""

    async def open(self) -> Graphics:
        """Open a way to its screen; raises a `TicryptError`."""

    async def ended(self, seconds: float = ...) -> str:
        """How it ended, as a sentence, or '' while it runs; waits so long for the reason.

        Raises a `TicryptError`.
        """

    def reboots(self) -> int:
        """How often it has rebooted since some moment."""


class Changes:
    """Counts the changes of a screen; the blinking of a text cursor is none."""

    def __init__(self) -> None:
        self.count = 0
        self._seen = asyncio.Event()

    def look(self, before: TextScreen | None, now: TextScreen | None) -> None:
        """Count one more update, unless it says the same as the one before it."""
        if before is not None and now is not None and before.rows == now.rows:
            places = {before.cursor, now.cursor} - {None}
            if len(places) < 2:
                return
        self.count += 1
        self._seen.set()
        self._seen = asyncio.Event()

    async def another(self, seconds: float) -> None:
        """Wait until one more is seen, or that long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._seen.wait()


class Pursuit:
    """The task that keeps picture and text up to date, and what it found out.

    `client` is there while there is a connection; the picture is there from the first one on, and
    until then `awaited`.
    """

    def __init__(self, guest: Guest, reader: Reader) -> None:
        self.tell: Callable[[Sequence[Rect]], None] = lambda changed: None
        self.client: Client | None = None
        self.picture = Framebuffer(1, 1)
        self.awaited = True
        self.text: TextScreen | None = None
        self.notice = ""
        self.ended = False
        self.changes = Changes()
        self._guest, self._reader = guest, reader
        self._visible = asyncio.Event()
        self._visible.set()
        self._passing = False
        self._reboots = 0
        self._task: asyncio.Task[None] | None = None
        self._connection: Connection | None = None

    @property
    def cursor(self) -> Cursor | None:
        return self.client.cursor if self.client else None

    async def begin(self) -> None:
        """Connect, and follow from then on; raises a `TicryptError` where there is no screen."""
        connection = await connect(self._guest.open)
        self.picture = connection.client.framebuffer
        self._task = asyncio.create_task(self._follow(connection))
        self._task.add_done_callback(self._stopped)

    def watch(self, visible: bool) -> None:
        """Ask for pictures, or for nothing."""
        (self._visible.set if visible else self._visible.clear)()

    def acted(self) -> None:
        """Somebody typed: he has read what was only news."""
        if self._passing:
            self._say("")

    async def close(self, why: str) -> None:
        """Stop; safe twice."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._disconnected()
        if not self.ended:
            self.ended = True
            self._say(why or "The screen was closed.")

    async def _follow(self, connection: Connection | None) -> None:
        """Show what comes, until the VM ends; get the screen back where it is lost before."""
        attempt = 0
        while not self.ended:
            try:
                connection = connection or await connect(self._guest.open)
                await self._show(connection, again=attempt > 0)
            except TicryptError as error:
                attempt = 1 if self.client is not None else attempt + 1
                lost, connection = error, None
            await self._disconnected()
            await self._look_what_happened(lost, attempt)

    async def _show(self, connection: Connection, *, again: bool) -> None:
        """Apply update after update; raises a `TicryptError` when the connection ends."""
        self._connection, client = connection, connection.client
        self._reboots = self._guest.reboots()
        try:
            await self._first(client)
            self.client = client
            if again:
                self._say(f"The connection to the screen was made again at {_clock()}.", news=True)
            while True:
                await self._visible.wait()
                await self._apply(client)
        except ScreenLost as lost:
            raise await connection.fault(lost) from None

    async def _first(self, client: Client) -> None:
        """The first picture, for which nobody waits for ever."""
        try:
            async with asyncio.timeout(FIRST_SECONDS):
                await self._apply(client)
        except TimeoutError:
            silent = f"The VM's screen sent no picture within {FIRST_SECONDS:g} s."
            raise ScreenLost(silent) from None

    async def _apply(self, client: Client) -> None:
        """One update: picture first, then its text, then the word to who looks."""
        changed = await client.update()
        self.picture = client.framebuffer
        before, self.text = self.text, await self._read(changed)
        self.awaited = False
        if (reboots := self._guest.reboots()) != self._reboots:
            self._reboots = reboots
            self._say(f"The guest rebooted at {_clock()}.", news=True)
        self.changes.look(before, self.text)
        self.tell(changed)

    async def _read(self, changed: Sequence[Rect]) -> TextScreen | None:
        """The text of the picture, which does not change meanwhile: nobody asks for an update."""
        pixels = self.picture.pixels
        if sum(rect.area for rect in changed) < LARGE:
            return self._reader.read(pixels, changed)
        return await asyncio.to_thread(self._reader.read, pixels, changed)

    async def _look_what_happened(self, lost: TicryptError, attempt: int) -> None:
        """Find out whether the VM ended, say so or why nothing comes, and pause before more."""
        try:
            how = await self._guest.ended()
        except NotFound as gone:
            how = gone.sentence
        except TicryptError as error:
            how, lost = "", error
        if how:
            await self._end(how)
            return
        self._say(_why_nothing_comes(lost, attempt))
        await asyncio.sleep(PAUSES[min(attempt, len(PAUSES)) - 1])

    async def _end(self, how: str) -> None:
        """Say that the VM has ended, and once more when it is known why."""
        self.ended = True
        self._say(f"{how} {LAST_PICTURE}")
        with suppress(TicryptError):
            if (known := await self._guest.ended(REASON_SECONDS)) and known != how:
                self._say(f"{known} {LAST_PICTURE}")

    async def _disconnected(self) -> None:
        connection, self._connection, self.client = self._connection, None, None
        if connection is not None:
            await connection.close()

    def _say(self, notice: str, *, news: bool = False) -> None:
        self.notice, self._passing = shown(notice), news
        self.tell(())

    def _stopped(self, task: asyncio.Task[None]) -> None:
        """A fault of our own ends the screen, and is told like any other."""
        if not task.cancelled() and (error := task.exception()):
            self.ended = True
            self._say(f"The screen was lost by a fault of the console's own: {error!r}.")


def _why_nothing_comes(lost: TicryptError, attempt: int) -> str:
    """The VM runs, so somebody else may have it: servers can give a screen to one client alone."""
    if isinstance(lost, HostUnreachable) or not isinstance(lost, ScreenLost):
        return f"{lost} Trying again."
    if attempt == 1:
        return f"{lost.sentence} Connecting again."
    return (
        f"{lost.sentence} The VM runs: another client may have taken its screen for itself. "
        "Trying again."
    )


def _clock() -> str:
    return f"{datetime.now().astimezone():%H:%M:%S}"
