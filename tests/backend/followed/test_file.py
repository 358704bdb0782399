"""A file is followed on a thread, which nothing waits for longer than its deadline."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest

from tests.backend.followed.looking import append
from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.backend.followed import file as files
from ticrypt_tui.backend.followed.file import FollowedFile
from ticrypt_tui.backend.followed.tail import Reading, Tail


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.log"


async def until(readings: AsyncGenerator[Reading, None], wanted: bytes) -> list[Reading]:
    """The readings up to the one that brings the last of what is wanted."""
    found: list[Reading] = []
    async with asyncio.timeout(60):
        while b"".join(each.data for each in found) != wanted:
            found.append(await anext(readings))
    return found


async def test_fifty_thousand_lines_come_whole_and_in_order(path: Path) -> None:
    lines = [b"line %05d of a burst\n" % number for number in range(50_000)]
    path.touch()

    def write() -> None:
        with path.open("ab", buffering=0) as file:
            for line in lines:
                file.write(line)

    async with aclosing(FollowedFile(str(path)).readings()) as readings:
        await anext(readings)
        writing = asyncio.create_task(asyncio.to_thread(write))
        await until(readings, b"".join(lines))
        await writing


async def test_bytes_end_with_a_fault_where_the_file_is_not_there_to_begin_with(
    path: Path,
) -> None:
    with pytest.raises(Failed, match="There is no"):
        await anext(FollowedFile(str(path)).follow())


async def test_readings_wait_for_a_file_that_is_not_there(path: Path) -> None:
    async with aclosing(FollowedFile(str(path)).readings()) as readings:
        assert "There is no" in (await anext(readings)).fault
        path.write_bytes(b"first\n")
        assert [each.happened for each in await until(readings, b"first\n")][-2:] == [
            "there now",
            "",
        ]


async def test_who_looks_again_sees_at_once_what_came(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "UNWATCHED", 3600)
    path.write_bytes(b"one\n")
    file = FollowedFile(str(path))
    file.watched(False)
    async with aclosing(file.readings()) as readings:
        await until(readings, b"one\n")
        coming = asyncio.ensure_future(anext(readings))
        await asyncio.sleep(0)
        append(path, b"two\n")
        file.watched(True)
        assert (await asyncio.wait_for(coming, 60)).data == b"two\n"


async def test_a_disk_that_hangs_is_told_and_then_read_on_from_where_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hang, free = threading.Event(), threading.Event()
    look = Tail.look

    def hanging(tail: Tail) -> Reading:
        if hang.is_set():
            free.wait(300)
        return look(tail)

    monkeypatch.setattr(Tail, "look", hanging)
    monkeypatch.setattr(files, "READ_SECONDS", 0.3)
    path.write_bytes(b"one\n")
    async with aclosing(FollowedFile(str(path)).readings()) as readings:
        await until(readings, b"one\n")
        hang.set()
        while not (reading := await anext(readings)).fault:
            pass
        assert reading.fault == f"This machine did not read {path} within 0.3 s."
        append(path, b"two\n")
        hang.clear()
        free.set()
        await until(readings, b"two\n")


async def test_a_follower_that_is_left_lets_go_of_the_file(path: Path) -> None:
    path.write_bytes(b"one\n")
    async with aclosing(FollowedFile(str(path)).readings()) as readings:
        await until(readings, b"one\n")
        assert str(path) in _opened()
    assert str(path) not in _opened()


def _opened() -> set[str]:
    folder = Path("/proc/self/fd")
    return {os.readlink(each) for each in folder.iterdir() if each.is_symlink()}
