"""The bytes between us and a screen's server: bounded in memory, and every wait with an end."""

from __future__ import annotations

import asyncio
import ssl
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from struct import Struct

from ticrypt_tui.backend.vnc.errors import ScreenLost, nonsense
from ticrypt_tui.backend.vnc.limits import FAREWELL, NAME, SILENCE, UNSENT
from ticrypt_tui.text import decoded, shown

CHUNK = 64 * 1024
U8, U16, U32, S32 = Struct(">B"), Struct(">H"), Struct(">I"), Struct(">i")


class Wire:
    """Reads exactly what is asked for; raises `ScreenLost` where that does not come."""

    def __init__(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self._held = bytearray()
        self._end = "The connection to the VM's screen was closed at its other end."

    async def wait(self) -> None:
        """Returns once there is a byte; a quiet screen may take its time."""
        if not self._held:
            await self._more()

    async def take(self, count: int) -> bytes:
        while len(self._held) < count:
            try:
                async with asyncio.timeout(SILENCE):
                    await self._more()
            except TimeoutError:
                raise ScreenLost("The VM's screen fell silent amid a message.") from None
        taken = bytes(memoryview(self._held)[:count])
        del self._held[:count]
        return taken

    async def payload(self, count: int) -> bytearray:
        """As `take`, for what may be large: none of it is in memory twice."""
        whole = bytearray(count)
        for at in range(0, count, CHUNK):
            whole[at : at + CHUNK] = await self.take(min(count - at, CHUNK))
        return whole

    async def skip(self, count: int) -> None:
        while count:
            count -= len(await self.take(min(count, CHUNK)))

    async def fields(self, layout: Struct) -> tuple[int, ...]:
        """The whole numbers of a record."""
        return layout.unpack(await self.take(layout.size))

    async def number(self, layout: Struct) -> int:
        return (await self.fields(layout))[0]

    async def text(self) -> str:
        """A name or a reason, made safe to show."""
        length = await self.number(U32)
        if length > NAME:
            raise nonsense(f"a name of {length} bytes")
        return shown(decoded(await self.take(length)))

    def write(self, data: bytes) -> None:
        """Sends without waiting; cuts the connection to a server that takes nothing any more."""
        if self.writer.is_closing():
            return
        self.writer.write(data)
        if self.writer.transport.get_write_buffer_size() > UNSENT:
            self._end = "The VM's screen was closed, because its server takes no keys any more."
            self.abort()

    async def secure(self, context: ssl.SSLContext, server_name: str) -> None:
        """Goes on in TLS; raises `ssl.SSLError` where the certificate is not the server's."""
        if self._held:
            raise nonsense("more than an answer before its encryption")
        await self.writer.start_tls(context, server_hostname=server_name)

    async def close(self) -> None:
        self.writer.close()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(FAREWELL):
                await self.writer.wait_closed()
        self.abort()

    def abort(self) -> None:
        self.writer.transport.abort()

    async def _more(self) -> None:
        try:
            came = await self._reader.read(CHUNK)
        except ConnectionError:
            came = b""
        except OSError as error:
            raise ScreenLost(f"The connection to the VM's screen broke: {shown(error)}.") from error
        if not came:
            raise ScreenLost(self._end)
        self._held += came
