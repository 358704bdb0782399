"""A log file of this machine is read from its end, and followed whatever happens to the file."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from ticrypt_tui.backend.drivers.base import LogKind
from ticrypt_tui.backend.drivers.libvirt.local_log import LocalLog
from ticrypt_tui.backend.drivers.libvirt.logs import log_sources
from ticrypt_tui.backend.drivers.libvirt.uri import parsed
from ticrypt_tui.backend.errors import Failed


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vm.log"


@pytest.fixture
def log(path: Path) -> LocalLog:
    return LocalLog(LogKind.SERIAL, "node1", str(path))


async def read(pieces: AsyncIterator[bytes], wanted: bytes) -> None:
    """Read on until all of `wanted` has come, and nothing else."""
    found = b""
    async with asyncio.timeout(60):
        while found != wanted:
            found += await anext(pieces)
            assert wanted.startswith(found)


async def test_the_end_of_a_file_is_read(path: Path, log: LocalLog) -> None:
    path.write_bytes(b"0123456789")
    assert await log.last(4) == b"6789"
    assert await log.last(100) == b"0123456789"


async def test_what_is_written_is_followed(path: Path, log: LocalLog) -> None:
    path.write_bytes(b"booting\n")
    async with aclosing(log.follow()) as pieces:
        await read(pieces, b"booting\n")
        with path.open("ab") as file:
            file.write(b"ready\n")
        await read(pieces, b"ready\n")


async def test_a_rotated_file_is_read_to_its_end_and_then_the_new_one(
    path: Path, log: LocalLog
) -> None:
    path.write_bytes(b"first\n")
    async with aclosing(log.follow()) as pieces:
        await read(pieces, b"first\n")
        with path.open("ab") as file:
            file.write(b"last of the old\n")
        path.rename(f"{path}.0")
        path.write_bytes(b"new\n")
        await read(pieces, b"last of the old\nnew\n")


async def test_a_truncated_file_is_read_from_its_start(path: Path, log: LocalLog) -> None:
    path.write_bytes(b"a long first line\n")
    async with aclosing(log.follow()) as pieces:
        await read(pieces, b"a long first line\n")
        path.write_bytes(b"anew\n")
        await read(pieces, b"anew\n")


async def test_a_removed_file_is_waited_for(path: Path, log: LocalLog) -> None:
    path.write_bytes(b"old\n")
    async with aclosing(log.follow()) as pieces:
        await read(pieces, b"old\n")
        path.unlink()
        waiting = asyncio.ensure_future(anext(pieces))
        await asyncio.sleep(0.6)
        assert not waiting.done()
        path.write_bytes(b"new\n")
        assert await waiting == b"new\n"


async def test_a_big_log_is_followed_from_its_last_mebibyte(path: Path, log: LocalLog) -> None:
    path.write_bytes(b"x" * 100 + b"y" * (1 << 20))
    async with aclosing(log.follow()) as pieces:
        await read(pieces, b"y" * (1 << 20))


async def test_a_missing_file_is_said_to_be_missing(log: LocalLog) -> None:
    with pytest.raises(Failed, match=r"There is no .*vm\.log"):
        await log.last(10)
    with pytest.raises(Failed, match=r"There is no .*vm\.log"):
        await anext(log.follow())


async def test_a_pipe_under_the_name_is_refused_and_not_waited_for(
    path: Path, log: LocalLog
) -> None:
    os.mkfifo(path)
    with pytest.raises(Failed, match="is not a file"):
        await log.last(10)


@pytest.mark.parametrize(
    ("uri", "serial_log", "where"),
    [
        ("qemu:///system", None, "/var/log/libvirt/qemu/vm-1-serial.log"),
        ("qemu:///system", "/srv/console.log", "/srv/console.log"),
        ("qemu+ssh://root@n/system", None, "n:/var/log/libvirt/qemu/vm-1-serial.log"),
        ("qemu+ssh://mara@n/session", None, "n:.cache/libvirt/qemu/log/vm-1-serial.log"),
    ],
)
def test_logs_are_looked_for_where_libvirt_keeps_them(
    uri: str, serial_log: str | None, where: str
) -> None:
    serial, hypervisor = log_sources("node1", parsed(uri, "node1"), "vm-1", serial_log)
    assert (serial.kind, serial.where) == (LogKind.SERIAL, where)
    assert hypervisor.where.endswith("/vm-1.log")


@pytest.mark.parametrize(
    ("uri", "name", "why"),
    [
        ("qemu+tls://node1/system", "vm-1", "reached by tls"),
        ("qemu://node1/system", "vm-1", "reached by tls"),
        ("qemu:///system", "../../etc/shadow", "no file name"),
    ],
)
async def test_a_log_that_cannot_be_read_says_why(uri: str, name: str, why: str) -> None:
    for log in log_sources("node1", parsed(uri, "node1"), name):
        with pytest.raises(Failed, match=why):
            await log.last(10)
        with pytest.raises(Failed, match=why):
            await anext(log.follow())
