"""Proxies before one libvirt, as if it were many far away: `slow_proxies.py FOLDER TARGET COUNT
SECONDS` listens on FOLDER/0, FOLDER/1 and so on; an answer comes so many seconds late."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress


async def asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
    writer.close()


async def answered(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float
) -> None:
    loop = asyncio.get_running_loop()
    while data := await reader.read(1 << 16):
        loop.call_later(seconds, writer.write, data)
    loop.call_later(seconds, writer.close)


async def main(folder: str, target: str, count: str, seconds: str) -> None:
    async def forwarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, ahead = await asyncio.open_unix_connection(target)
        with suppress(OSError):
            await asyncio.gather(asked(reader, ahead), answered(behind, writer, float(seconds)))

    for number in range(int(count)):
        await asyncio.start_unix_server(forwarded, f"{folder}/{number}")
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
