"""The screen of a real QEMU: each encoding gives the pixels of Raw, and every way in opens."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from benchmarks.screens import QUIET, Machine, running
from ticrypt_tui.backend.vnc.access import Access
from ticrypt_tui.backend.vnc.client import Client
from ticrypt_tui.backend.vnc.errors import ScreenRefused
from ticrypt_tui.backend.vnc.framebuffer import Pixels
from ticrypt_tui.backend.vnc.updates import HEXTILE, RAW, TIGHT, ZLIB, ZRLE

G, T, X = (0x67, 0x22), (0x74, 0x14), (0, 0x2D)  # key symbol, scan code
OPEN = Access()


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with running(tmp_path_factory.mktemp("quiet"), QUIET) as running_machine:
        yield running_machine


@asynccontextmanager
async def watched(
    socket: Path, access: Access = OPEN, encodings: tuple[int, ...] = (RAW,)
) -> AsyncIterator[Client]:
    client = await Client.connect(
        lambda: asyncio.open_unix_connection(str(socket)), access, encodings
    )
    try:
        yield client
    finally:
        await client.close()


async def shows(client: Client, what: Callable[[Pixels], bool]) -> Pixels:
    """The picture once it is as it should be."""
    async with asyncio.timeout(60):
        while not what(client.framebuffer.pixels):
            await client.update()
    return client.framebuffer.pixels.copy()


def is_text(pixels: Pixels) -> bool:
    """Whether the screen is one of 80 × 25 cells, filled to the last."""
    return pixels.shape == (400, 720) and bool(pixels[384:, 711:].any())


def is_picture(pixels: Pixels) -> bool:
    """Whether the screen is one of 320 × 200 pixels drawn twice, filled to the last."""
    return pixels.shape == (400, 640) and bool(pixels[-1, -1])


def press(client: Client, key: tuple[int, int]) -> None:
    for down in (True, False):
        client.key(*key, down)


@pytest.mark.slow(seconds=6)
async def test_each_encoding_gives_the_same_pixels_as_raw_in_text_and_in_a_picture(
    machine: Machine,
) -> None:
    async with watched(machine.socket) as client:
        for key, is_there in ((T, is_text), (G, is_picture), (T, is_text)):
            press(client, key)
            await shows(client, is_there)
            golden = await whole_of(machine.socket, RAW)
            assert is_there(golden)
            for encoding in (ZLIB, ZRLE, TIGHT, HEXTILE):
                assert np.array_equal(await whole_of(machine.socket, encoding), golden), encoding


async def whole_of(socket: Path, encoding: int) -> Pixels:
    """The picture that one encoding gives."""
    async with watched(socket, encodings=(encoding,)) as client, asyncio.timeout(60):
        changed = await client.update()
        assert sum(rect.area for rect in changed) == client.framebuffer.whole.area
        return client.framebuffer.pixels


@pytest.mark.slow(seconds=3)
async def test_a_key_arrives_by_its_scan_code_and_the_pointer_does_no_harm(
    machine: Machine,
) -> None:
    async with watched(machine.socket, encodings=(ZRLE, RAW)) as client:
        before = await shows(client, is_text)
        assert client.extended_keys
        client.pointer(10_000, -1, 1)
        press(client, X)
        await shows(client, lambda pixels: not np.array_equal(pixels, before))


@pytest.mark.slow(seconds=2)
async def test_a_password_opens_what_it_should_and_nothing_else(tmp_path: Path) -> None:
    secret = ("-S", "-object", "secret,id=password,data=correct")
    with running(tmp_path, b"", ",password-secret=password", *secret) as machine:
        async with watched(machine.socket, Access(b"correct")) as client:
            assert (client.framebuffer.width, client.name) == (640, "QEMU")
        for access, why in ((Access(b"wrong"), "refused: Auth"), (Access(), "a VNC password")):
            with pytest.raises(ScreenRefused, match=why):
                await watched(machine.socket, access).__aenter__()


@pytest.mark.slow(seconds=2)
@pytest.mark.parametrize("password", [None, b"correct"])
async def test_tls_is_spoken_only_with_whom_the_certificate_names(
    tmp_path: Path, password: bytes | None
) -> None:
    trusted = certificates(tmp_path, "node01.example")
    secret = ("-object", "secret,id=password,data=correct")
    tls = ("-object", f"tls-creds-x509,id=tls,dir={tmp_path},endpoint=server,verify-peer=off")
    graphics = ",tls-creds=tls" + (",password-secret=password" if password else "")
    with running(tmp_path, b"", graphics, "-S", *tls, *secret) as machine:
        async with watched(machine.socket, Access(password, trusted, "node01.example")) as client:
            assert await client.update()
        for access, why in (
            (Access(password, trusted, "node02.example"), "certificate .* is not trusted"),
            (Access(password, ssl.create_default_context(), "node01.example"), "not trusted"),
            (Access(password), "asks for VeNCrypt"),
            (Access(None if password else b"x", trusted, "node01.example"), "asks for TLS"),
        ):
            with pytest.raises(ScreenRefused, match=why):
                await watched(machine.socket, access).__aenter__()


def certificates(folder: Path, name: str) -> ssl.SSLContext:
    """Makes a server's certificate and its authority; returns who trusts only that."""
    commands = (
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=authority -days 2"
        " -keyout ca-key.pem -out ca-cert.pem -addext keyUsage=critical,keyCertSign",
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
        f" -keyout server-key.pem -out server-cert.pem -subj /CN={name} -addext"
        f" subjectAltName=DNS:{name} -CA ca-cert.pem -CAkey ca-key.pem"
        " -addext basicConstraints=critical,CA:false",
    )
    for command in commands:
        subprocess.run(
            ["openssl", *command.split()], cwd=folder, check=True, capture_output=True, timeout=60
        )
    return ssl.create_default_context(cafile=str(folder / "ca-cert.pem"))
