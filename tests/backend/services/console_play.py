"""A VM's serial console that a play host has: what it prints, and what was typed at it."""

from __future__ import annotations

import asyncio

from ticrypt_tui.backend.drivers.console import Printed
from ticrypt_tui.backend.errors import Failed, InUse


class PlaySerial:
    """One serial line; one alone may have it open, as QEMU's."""

    def __init__(self) -> None:
        self.typed = b""
        self.opened: list[bool] = []
        self.broken = ""
        self._open: PlayConsole | None = None

    async def open(self, take_over: bool) -> PlayConsole:
        if self.held and not take_over:
            raise InUse("Somebody else has it.", "It can be taken over.")
        if self._open is not None:
            self._open.end()
        self.opened.append(take_over)
        self._open = PlayConsole(self)
        return self._open

    @property
    def held(self) -> bool:
        """Whether anybody has it open now."""
        return self._open is not None and not self._open.ended

    def print(self, data: bytes, left_out: int = 0) -> None:
        """Have the guest print something."""
        assert self._open is not None
        self._open.printed.put_nowait(Printed(data, left_out))

    def hang_up(self, fault: str = "") -> None:
        """End it, as the end of the VM does, or of the way to it."""
        assert self._open is not None
        self._open.fault = fault
        self._open.end()


class PlayConsole:
    """One opening of it."""

    def __init__(self, serial: PlaySerial) -> None:
        self._serial = serial
        self.printed: asyncio.Queue[Printed | None] = asyncio.Queue()
        self.fault = ""
        self.ended = False

    async def read(self) -> Printed | None:
        return await self.printed.get()

    async def write(self, data: bytes) -> None:
        if self.ended or self._serial.broken:
            raise Failed(self._serial.broken or "It has ended.")
        self._serial.typed += data

    async def close(self) -> None:
        self.end()

    def end(self) -> None:
        if not self.ended:
            self.ended = True
            self.printed.put_nowait(None)
