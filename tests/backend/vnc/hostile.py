"""What a hostile server may say, each with what the client then says of it.

`python -m tests.backend.vnc.hostile FOLDER` says all of it, and thousands of damaged sessions made
from the recorded ones in the folder, to clients in a process of its own; it prints how many
sessions ended as they should, and by how many bytes the process has grown at most.
"""

from __future__ import annotations

import asyncio
import gc
import random
import sys
from pathlib import Path
from struct import pack

from tests.backend.vnc.served import (
    CURSOR,
    EXTENDED_SIZE,
    NAME,
    SIZE,
    compact,
    connected,
    deflated,
    everything,
    greeting,
    rectangle,
    sized,
    update,
)
from ticrypt_tui.backend.vnc.errors import ScreenLost, ScreenRefused

BOMB = deflated(bytes(1 << 20), 256)  # 256 MiB of zeros, in 256 KiB
RAW, COPY, HEXTILE, ZLIB, TIGHT, ZRLE = 0, 1, 5, 6, 7, 16
FILLED = deflated(bytes(range(1, 129)) * (1 << 13), 32)  # the largest screen
STORED = (b"\0\xff\xff\0\0" + bytes(65535)) * 127  # almost 8 MiB, which go on in its stream
DOT = (0, 0, 1, 1)
SMALL = (0, 0, 16, 16)
LARGEST = (8192, 1024)
FULL = (0, 0, *LARGEST)


def drawn(place: tuple[int, int, int, int], encoding: int, data: bytes = b"") -> bytes:
    return greeting() + update(rectangle(place, encoding, data))


def large(*rectangles: bytes) -> bytes:
    return greeting(*LARGEST) + update(*rectangles)


BEYOND = "a rectangle beyond the edge of the screen"
HOSTILE = {
    drawn((0, 0, 65535, 65535), RAW): BEYOND,
    drawn((64, 0, 1, 1), RAW): BEYOND,
    drawn((65535, 65535, 2, 2), RAW): BEYOND,
    drawn((0, 31, 1, 2), ZLIB): BEYOND,
    drawn((1, 0, 65535, 1), ZRLE): BEYOND,
    drawn(DOT, COPY, pack(">HH", 65535, 0)): BEYOND,
    drawn((0, 0, 2, 1), COPY, pack(">HH", 63, 0)): BEYOND,
    drawn((0, 0, 65535, 65535), SIZE): "a screen of 65535 × 65535 pixels",
    drawn((0, 0, 0, 1), SIZE): "a screen of 0 × 1 pixels",
    drawn((0, 0, 8193, 1), EXTENDED_SIZE, bytes(4)): "a screen of 8193 × 1 pixels",
    drawn((0, 0, 257, 1), CURSOR): "a mouse pointer of 257 × 1 pixels",
    drawn(DOT, NAME, pack(">I", 0xFFFFFFFF)): "a name of 4294967295 bytes",
    drawn(DOT, 99): "a rectangle of unknown encoding 99",
    drawn(DOT, ZLIB, pack(">I", 0xFFFFFFFF)): "4294967295 compressed bytes for one rectangle",
    drawn(SMALL, ZLIB, sized(BOMB)): "more compressed data than a rectangle holds",
    drawn(SMALL, ZRLE, sized(BOMB)): "more compressed data than a rectangle holds",
    large(*(rectangle(FULL, ZLIB, sized(data)) for data in (FILLED, STORED))): "too few compressed",
    large(rectangle(FULL, ZLIB, sized(BOMB))): "more compressed data than a rectangle holds",
    drawn(SMALL, ZLIB, sized(deflated(bytes(1023)))): "too few compressed data for a rectangle",
    drawn(SMALL, ZLIB, sized(b"not compressed")): "compressed data that are damaged",
    drawn(SMALL, ZRLE, sized(deflated(b""))): "too few compressed data for a rectangle",
    drawn(SMALL, ZRLE, sized(deflated(b"\x11"))): "a tile of unknown kind 17",
    drawn(SMALL, ZRLE, sized(deflated(b"\x80abc\xff\x01"))): "a run beyond its tile",
    drawn(SMALL, ZRLE, sized(deflated(b"\x80abc" + b"\xff" * 9999))): "a run beyond its tile",
    drawn(SMALL, ZRLE, sized(deflated(b"\x82abcdef\x7f"))): "a colour that is not in its palette",
    drawn(SMALL, ZRLE, sized(deflated(b"\x03" + bytes(9) + b"\xff" * 64))): "not in its palette",
    drawn((0, 0, 8, 8), HEXTILE, b"\x08\x01\x00\x08"): "a part beyond its tile",
    drawn(SMALL, TIGHT, b"\x90"): "a Tight rectangle of unknown kind 9",
    drawn(SMALL, TIGHT, b"\x40\x02"): "a Tight rectangle with the unknown filter 2",
    drawn(SMALL, TIGHT, b"\x00\x84\x00" + b"\xff" * 4): "compressed data that are damaged",
    drawn(SMALL, TIGHT, b"\x00" + compact(BOMB)): "more compressed data than a rectangle holds",
    drawn((0, 0, 3, 3), TIGHT, b"\x40\x01\x02" + bytes(9) + b"\3" * 9): "not in its palette",
    greeting() + update(count=10_001): "an update of 10001 rectangles",
    greeting() + update(*[rectangle((0, 0, 0, 0), RAW)] * 10_000, count=0xFFFF): "without an end",
    greeting() + update(*[rectangle((0, 0, 64, 32), COPY, bytes(4))] * 9): "again and again",
    large(*[rectangle(FULL, COPY, bytes(4))] * 5): "paints the screen again and again",
    greeting() + b"\3\0\0\0\xff\xff\xff\xff": "a clipboard of 4294967295 bytes",
    greeting() + b"\3\0\0\0" + pack(">I", 256 * 1024 + 1): "a clipboard of 262145 bytes",
    greeting() + b"\2" * 20_000: "much else, and no picture",
    greeting() + update() * 20_000: "much else, and no picture",
    greeting() + b"\x04": "a message of unknown kind 4",
    greeting() + b"\xff": "a message of unknown kind 255",
}


async def ended(said: bytes, updates: int = 1000) -> str:
    """The sentence by which a session ends whose server says this, and then goes."""
    try:
        async with connected(said, goes=True) as client, asyncio.timeout(60):
            for _ in range(updates):
                await client.update()
    except (ScreenLost, ScreenRefused) as error:
        return error.sentence
    raise AssertionError("a session without an end")


def damaged(said: bytes, chance: random.Random) -> bytes:
    """A session with some of its bytes changed, left out, said twice, or made extreme."""
    changed = bytearray(said)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        at, length = chance.randrange(len(changed)), chance.choice((1, 2, 4, 50))
        match chance.randrange(4):
            case 0:
                changed[at : at + length] = chance.randbytes(length)
            case 1:
                changed[at : at + length] = chance.choice((b"\xff", b"\0", b"\x7f")) * length
            case 2:
                changed[at:at] = changed[at : at + length]
            case _:
                del changed[at : at + length]
                changed += b"\0"
    return bytes(changed)


def main(folder: Path, seed: int, rounds: int) -> None:
    recorded = [everything(), *(file.read_bytes() for file in sorted(folder.glob("*.rfb")))]
    chance = random.Random(seed)
    asyncio.run(ended(recorded[0]))  # what is imported late is there now
    gc.collect()
    gc.freeze()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the most, from now on
    before, sessions = largest(), 0
    for said in (*HOSTILE, *(damaged(chance.choice(recorded), chance) for _ in range(rounds))):
        asyncio.run(ended(said))
        gc.collect()  # each is measured alone
        sessions += 1
    sys.stdout.write(f"{sessions} {largest() - before}\n")


def largest() -> int:
    """The most memory that this process has had, in bytes."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
