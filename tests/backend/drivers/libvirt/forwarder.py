"""Forwards one unix socket to another, until it is stopped: `forwarder.py LISTEN TARGET`."""

from __future__ import annotations

import asyncio
import sys


async def copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()
    writer.close()


async def main(listen: str, target: str) -> None:
    async def forwarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, ahead = await asyncio.open_unix_connection(target)
        await asyncio.gather(copied(reader, ahead), copied(behind, writer))

    server = await asyncio.start_unix_server(forwarded, listen)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
