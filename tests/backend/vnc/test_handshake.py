"""How a session begins, and who is not trusted."""

from __future__ import annotations

import asyncio
import ssl
from struct import pack

import pytest

from tests.backend.vnc.served import LET_IN, OPEN, VERSION, connected, greeting, heard, server
from ticrypt_tui.backend.vnc import client as client_module
from ticrypt_tui.backend.vnc.access import Access
from ticrypt_tui.backend.vnc.errors import ScreenLost, ScreenRefused
from ticrypt_tui.backend.vnc.security import response
from ticrypt_tui.backend.vnc.updates import RAW, TIGHT

LOCKED = Access(b"secret")
TLS = Access(None, ssl.create_default_context(), "node01")
TLS_AND_PASSWORD = Access(b"secret", ssl.create_default_context(), "node01")


async def test_a_screen_says_its_size_and_a_name_that_is_safe_to_show() -> None:
    async with connected(greeting(640, 480, "tiny\x1b]0;\u202e".encode())) as client:
        assert (client.framebuffer.width, client.framebuffer.height) == (640, 480)
        assert client.name == "tiny\\u{1b}]0;\\u{202e}"
        assert not client.extended_keys


def test_a_password_is_proved_as_vnc_does_by_its_first_eight_bytes() -> None:
    challenge = bytes(range(16))
    proof = bytes.fromhex("b866924125c8eebb9debc1db61c538e2")  # by OpenSSL
    assert response(challenge, b"password") == response(challenge, b"password and more")
    assert response(challenge, b"password") != response(challenge, b"passwore")
    assert response(challenge, "pässwort".encode()) != response(challenge, b"")
    assert response(challenge, b"password") == proof


def test_a_password_is_not_in_what_is_printed_of_an_access() -> None:
    assert "secret" not in repr(LOCKED)


async def test_nothing_less_and_nothing_else_is_accepted_than_the_way_in_asks_for() -> None:
    kinds = {
        (LOCKED, b"\x01"): "asks for nothing, where a VNC password was expected",
        (LOCKED, b"\x13\x10"): "asks for Tight's own, VeNCrypt, where",
        (OPEN, b"\x02"): "asks for a VNC password, where nothing was expected",
        (TLS, b"\x01\x02"): "asks for nothing, a VNC password, where VeNCrypt was expected",
        (TLS_AND_PASSWORD, b"\x02"): "where VeNCrypt was expected",
        (OPEN, b"\xfe"): "asks for type 254",
    }
    for (access, offered), why in kinds.items():
        with pytest.raises(ScreenRefused, match=why):
            async with connected(VERSION + bytes([len(offered)]) + offered, access):
                pass


async def test_tls_is_never_one_without_a_certificate_nor_one_without_the_password() -> None:
    for access, kind in ((TLS, 257), (TLS, 261), (TLS_AND_PASSWORD, 260), (TLS, 256)):
        said = VERSION + b"\x01\x13" + b"\0\x02" + b"\0" + pack(">BI", 1, kind)
        with pytest.raises(ScreenRefused, match="where TLS"):
            async with connected(said, access):
                pass


async def test_what_is_said_before_the_encryption_is_never_taken_for_encrypted() -> None:
    said = VERSION + b"\x01\x13" + b"\0\x02" + b"\0" + pack(">BI", 1, 260) + b"\1" + bytes(4)
    with pytest.raises(ScreenLost, match="more than an answer before its encryption"):
        async with connected(said, TLS):
            pass


async def test_an_encryption_that_does_not_come_about_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    agreed = VERSION + b"\x01\x13" + b"\0\x02" + b"\0" + pack(">BI", 1, 260) + b"\1"
    for said, seconds, why in (
        (b"", 0.3, "gave no answer in"),
        (b"no TLS here", 60, "could not be encrypted"),
    ):
        monkeypatch.setattr(client_module, "HANDSHAKE", seconds)
        async with server(TLS) as (end, connecting):
            end.setblocking(False)
            end.sendall(agreed)
            hears = asyncio.get_running_loop().sock_recv
            while (heard_now := await hears(end, 4096)) and b"\x16\x03" not in heard_now:
                pass  # until it begins to speak TLS
            end.sendall(said)
            with pytest.raises(ScreenLost, match=why):
                await connecting


async def test_each_refusal_is_a_sentence() -> None:
    reason, shown = b"too \x1b[2Jmany", r"too \\u\{1b\}\[2Jmany"
    said = {
        VERSION + b"\0" + pack(">I", len(reason)) + reason: f"lets nobody in: {shown}",
        LET_IN[:-4] + pack(">II", 1, len(reason)) + reason: f"refused: {shown}",
        LET_IN[:-4] + pack(">II", 1, 0xFFFFFFFF): "a name of 4294967295 bytes",
        b"RFB 003.003\n": "older than 3.8",
        b"SSH-2.0-Open": "no VNC server",
        b"HTTP/1.1 400 Bad": "no VNC server",
        greeting(0, 10): "a screen of 0 × 10 pixels",
        greeting(0xFFFF, 0xFFFF): "a screen of 65535 × 65535 pixels",
        greeting(8192, 8192): "a screen of 8192 × 8192 pixels",
        greeting(name=bytes(1025)): "a name of 1025 bytes",
    }
    for words, why in said.items():
        with pytest.raises((ScreenRefused, ScreenLost), match=why):
            async with connected(words):
                pass


async def test_a_server_that_falls_silent_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "HANDSHAKE", 0.05)
    said = greeting()

    async def silent_after(count: int) -> None:
        with pytest.raises(ScreenLost, match="gave no answer in"):
            async with connected(said[:count]):
                pass

    await asyncio.gather(*map(silent_after, range(len(said))))


async def test_a_connection_that_ends_is_a_sentence() -> None:
    async with server() as (end, connecting):
        end.sendall(VERSION)
        end.close()
        with pytest.raises(ScreenLost, match="closed at its other end"):
            await connecting


async def test_pixels_come_as_they_are_on_this_machine_and_compressed_from_another() -> None:
    for near, best in ((True, RAW), (False, TIGHT)):
        async with server(Access(near=near)) as (end, connecting):
            end.sendall(greeting())
            await connecting
            said = heard(end)
            assert said[:14] == VERSION + b"\1\1"  # no security, and shared with others
            assert int.from_bytes(said[14 + 20 + 4 :][:4], "big") == best
