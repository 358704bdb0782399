"""What a screen shows as its server describes it, message by message."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from struct import pack

import numpy as np
import pytest

from tests.backend.vnc.served import (
    CURSOR,
    EXTENDED_SIZE,
    HEIGHT,
    KEYS,
    NAME,
    SIZE,
    WIDTH,
    compact,
    connected,
    deflated,
    everything,
    greeting,
    heard,
    rectangle,
    server,
    sized,
    update,
)
from ticrypt_tui.backend.vnc.framebuffer import Rect
from ticrypt_tui.backend.vnc.keyboard.typist import press

FULL = pack(">BBHHHH", 3, 0, 0, 0, WIDTH, HEIGHT)
MORE = pack(">BBHHHH", 3, 1, 0, 0, WIDTH, HEIGHT)
ROW = update(rectangle((0, 0, WIDTH, 1), 0, bytes(WIDTH * 4)))


async def test_every_kind_of_message_is_understood() -> None:
    async with connected(everything()) as client:
        changes = [await client.update() for _ in range(6)]
        assert changes == [
            (Rect(0, 0, 4, 4), Rect(1, 1, 4, 4), Rect(0, 0, 2, 2)),
            (Rect(0, 0, 2, 2), Rect(0, 0, 32, 16), *[Rect(0, 0, 2, 2)] * 3),
            (),
            (),
            (Rect(0, 0, 16, 8),),
            (Rect(0, 0, 16, 8),),
        ]
        assert (client.name, client.extended_keys) == ("other", True)
        assert (client.framebuffer.width, client.framebuffer.height) == (16, 8)


async def test_pixels_are_red_green_blue_whatever_the_fourth_byte_is() -> None:
    said = update(rectangle((62, 31, 2, 1), 0, b"\3\2\1\xff\6\5\4\0"))
    async with connected(greeting() + said) as client:
        await client.update()
        assert client.framebuffer.pixels[31, 62:].tolist() == [0x010203, 0x040506]
        assert client.framebuffer.pixels.sum() == 0x010203 + 0x040506


async def test_a_copy_may_overlap_with_where_it_goes() -> None:
    picture = np.arange(16, dtype="<u4").reshape(4, 4)
    drawn = rectangle((0, 0, 4, 4), 0, picture.tobytes())
    copied = rectangle((1, 1, 3, 3), 1, pack(">HH", 0, 0))
    async with connected(greeting() + update(drawn, copied)) as client:
        await client.update()
        assert (client.framebuffer.pixels[1:4, 1:4] == picture[:3, :3]).all()


async def test_a_tile_of_hextile_inherits_its_colours() -> None:
    first = bytes([2 | 4 | 8]) + pack("<II", 0x111111, 0x222222) + b"\1\x12\x31"
    async with connected(
        greeting() + update(rectangle((0, 0, 32, 16), 5, first + b"\0"))
    ) as client:
        await client.update()
        pixels = client.framebuffer.pixels[:16, :32]
        assert (pixels[2:4, 1:5] == 0x222222).all()
        assert (pixels == 0x222222).sum() == 8
        assert (pixels == 0x111111).sum() == 512 - 8


async def test_a_mouse_pointer_has_its_point_and_its_mask() -> None:
    shape = rectangle((1, 0, 2, 1), CURSOR, b"\3\2\1\0\6\5\4\0" + b"\x40")
    async with connected(
        greeting() + update(shape) + update(rectangle((0, 0, 0, 0), CURSOR))
    ) as client:
        assert await client.update() == ()
        assert client.cursor is not None
        assert (client.cursor.hotspot, client.cursor.size) == ((1, 0), (2, 1))
        assert client.cursor.rgba.tolist() == [[[1, 2, 3, 0], [4, 5, 6, 255]]]
        await client.update()
        assert client.cursor is None


async def test_a_new_size_is_a_change_of_the_whole_and_the_whole_is_asked_for_again() -> None:
    async with server() as (end, connecting):
        end.sendall(greeting() + update(rectangle((0, 0, 99, 50), SIZE)))
        client = await connecting
        heard(end)
        assert await client.update() == (Rect(0, 0, 99, 50),)
        end.sendall(update(rectangle((0, 0, 0, 0), NAME, sized(b"x"))))
        await client.update()
        assert heard(end) == FULL + pack(">BBHHHH", 3, 0, 0, 0, 99, 50)


async def test_a_size_that_was_refused_to_somebody_changes_nothing() -> None:
    refused = rectangle((1, 3, 5, 5), EXTENDED_SIZE, b"\0\0\0\0")
    async with connected(greeting() + update(refused) + ROW) as client:
        assert await client.update() == (Rect(0, 0, WIDTH, 1),)
        assert client.framebuffer.whole == Rect(0, 0, WIDTH, HEIGHT)


async def test_one_question_is_asked_at_a_time_and_none_while_nobody_waits() -> None:
    async with server() as (end, connecting):
        end.sendall(greeting())
        client = await connecting
        heard(end)
        for _ in range(3):  # who gives up waiting does not ask again when he comes back
            waiting = asyncio.create_task(client.update())
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait([waiting])
        end.sendall(update(rectangle((0, 0, 0, 0), KEYS)) + ROW + ROW)
        assert await client.update() == (Rect(0, 0, WIDTH, 1),)
        assert await asyncio.gather(client.update(), client.update())
        assert heard(end) == FULL + MORE


async def test_a_combination_is_one_message_so_that_nothing_comes_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with connected(greeting()) as client:
        sent: list[bytes] = []
        monkeypatch.setattr(client._wire, "write", sent.append)
        press(client, "SysRq-h")
    down, up = "0401", "0400"
    alt, sysrq, letter = "0000 0000ffe9", "0000 0000ff15", "0000 00000068"
    said = f"{down}{alt} {down}{sysrq} {down}{letter} {up}{letter} {up}{sysrq} {up}{alt}"
    assert sent == [bytes.fromhex(said)]


async def test_keys_and_the_mouse_are_said_as_the_server_understands_them() -> None:
    async with server() as (end, connecting):
        end.sendall(greeting())
        client = await connecting
        heard(end)
        client.key(0xFF0D, 0x1C, True)
        end.sendall(update(rectangle((0, 0, 0, 0), KEYS)) + ROW)
        await client.update()
        client.key(0xFF0D, 0x9C, False)
        client.key(0x010020AC, None, True)
        client.pointer(-5, 99999, 0b101)
        assert heard(end) == (
            bytes.fromhex("04010000 0000ff0d") + FULL
            + bytes.fromhex("ff000000 0000ff0d 0000009c") + bytes.fromhex("04010000 010020ac")
            + b"\5\5" + pack(">HH", 0, HEIGHT - 1)
        )  # fmt: skip


async def test_a_large_rectangle_of_any_encoding_lets_others_go_on_while_it_is_decoded() -> None:
    width, height = 1024, 1024
    pixels = width * height
    sent = {
        5: b"\2abcd" + bytes(pixels // 256 - 1),
        6: sized(deflated(b"dcba" * pixels)),
        7: b"\0" + compact(deflated(b"abc" * pixels)),
        16: sized(deflated(b"\1cba" * (pixels // 4096))),
    }
    for encoding, data in sent.items():
        said = update(rectangle((0, 0, width, height), encoding, data))
        async with connected(greeting(width, height) + said) as client:
            turns = asyncio.create_task(turns_taken())
            await client.update()
            turns.cancel()
            assert await turns > 4, encoding
            assert len(np.unique(client.framebuffer.pixels)) == 1


async def turns_taken() -> int:
    """How often the event loop came round until this is cancelled."""
    turns = 0
    with suppress(asyncio.CancelledError):
        while True:
            turns += 1
            await asyncio.sleep(0)
    return turns
