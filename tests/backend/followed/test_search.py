"""A file of any size is searched where it lies, from its end or from any place."""

from __future__ import annotations

import asyncio
import os
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from ticrypt_tui.backend.errors import Failed, WrongUse
from ticrypt_tui.backend.followed import search as searches
from ticrypt_tui.backend.followed.file import FollowedFile
from ticrypt_tui.backend.followed.search import FileSearch, Progress

TEN_GB = 10_000_000_000
FAR = 7_000_000_000
MIB = 1 << 20


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.log"


@pytest.fixture
async def search(path: Path) -> AsyncIterator[FileSearch]:
    found = FileSearch(str(path))
    yield found
    found.close()


@pytest.fixture
def huge(path: Path) -> Path:
    """A file of 10 GB, most of it a hole, with real lines far above its end and at it."""
    with path.open("wb") as file:
        file.seek(FAR)
        file.write(b"\nthe needle far above\n")
        file.truncate(TEN_GB)
        file.seek(TEN_GB)
        file.write(b"\n" + b"".join(b"line %05d\n" % number for number in range(20_000)))
    return path


async def last(
    search: FileSearch, text: str, after: int | None = None, before: int | None = None
) -> Progress:
    async with aclosing(search.find(text, after=after, before=before)) as steps:
        return [step async for step in steps][-1]


async def test_the_last_place_is_found_first_and_then_those_before_it(
    path: Path, search: FileSearch
) -> None:
    path.write_bytes(b"one needle\ntwo\nthree needle\n")
    found = (await last(search, "needle")).found
    assert found == 21
    assert (await last(search, "needle", before=found)).found == 4
    assert (await last(search, "needle", before=4)).found is None


async def test_forward_the_next_place_is_found(path: Path, search: FileSearch) -> None:
    path.write_bytes(b"one needle\ntwo\nthree needle\n")
    assert (await last(search, "needle", after=0)).found == 4
    assert (await last(search, "needle", after=5)).found == 21
    assert (await last(search, "needle", after=22)).found is None


async def test_capital_letters_count_as_small_ones(path: Path, search: FileSearch) -> None:
    path.write_bytes("Führte NEEDLE aus\n".encode())
    assert (await last(search, "needle")).found == 8
    assert (await last(search, "FÜHRTE")).found is None  # beyond ASCII a letter is as written
    assert (await last(search, "führte")).found == 0


@pytest.mark.parametrize("place", range(15, 34))
async def test_it_does_not_matter_where_the_steps_part_the_text(
    path: Path, search: FileSearch, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searches, "STEP", 16)
    monkeypatch.setattr(searches, "BLOCK", 8)
    path.write_bytes(b"x" * place + b"needle" + b"x" * 50)
    assert (await last(search, "needle")).found == place
    assert (await last(search, "needle", after=0)).found == place


async def test_every_step_says_how_far_it_is(
    path: Path, search: FileSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searches, "STEP", 40)
    path.write_bytes(b"x" * 100)
    async with aclosing(search.find("needle")) as steps:
        told = [step async for step in steps]
    assert told == [Progress(40, 100), Progress(80, 100), Progress(100, 100)]


@pytest.mark.slow(seconds=4)
async def test_gigabytes_are_searched_with_a_mebibyte_of_memory(
    huge: Path, search: FileSearch
) -> None:
    tracemalloc.start()
    try:
        found = (await last(search, "needle far above")).found
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == FAR + 5
    assert most < MIB


async def test_ten_gigabytes_are_opened_at_their_end_with_a_few_mebibytes_of_memory(
    huge: Path,
) -> None:
    tracemalloc.start()
    try:
        async with aclosing(FollowedFile(str(huge)).follow()) as pieces:
            read = b""
            while not read.endswith(b"line 19999\n"):
                read += await anext(pieces)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 8 * MIB


async def test_a_search_can_be_left_at_any_moment(huge: Path, search: FileSearch) -> None:
    async with aclosing(search.find("nowhere")) as steps:
        step = await anext(steps)
    assert step.searched == searches.STEP
    running = asyncio.create_task(last(search, "nowhere"))
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_nothing_is_nothing_to_search_for(path: Path, search: FileSearch) -> None:
    path.write_bytes(b"x")
    with pytest.raises(WrongUse, match="nothing to search for"):
        await last(search, "")


async def test_an_empty_file_holds_nothing(path: Path, search: FileSearch) -> None:
    path.touch()
    assert await last(search, "x") == Progress(0, 0)


async def test_a_file_that_is_not_there_says_so(search: FileSearch) -> None:
    with pytest.raises(Failed, match="There is no "):
        await last(search, "x")


async def test_the_same_file_is_searched_on_after_a_rotation(
    path: Path, search: FileSearch
) -> None:
    path.write_bytes(b"the needle\n")
    assert (await last(search, "needle")).found == 4
    path.rename(f"{path}.1")
    path.write_bytes(b"another file\n")
    assert (await last(search, "needle")).found == 4


async def test_a_file_that_is_cut_while_it_is_searched_ends_the_search(
    path: Path, search: FileSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searches, "STEP", 40)
    path.write_bytes(b"x" * 100)
    async with aclosing(search.find("needle")) as steps:
        await anext(steps)
        os.truncate(path, 0)
        assert [step.found async for step in steps] == [None, None]


# What is shown of a place


async def test_a_place_is_shown_with_the_lines_around_it(path: Path, search: FileSearch) -> None:
    path.write_bytes(b"one\ntwo\nthe needle\nfour\n")
    window = await search.around(12)
    assert (window.before, window.line, window.behind) == (
        b"one\ntwo\n", b"the needle\n", b"four\n",
    )  # fmt: skip
    assert (window.start, window.at, window.after, window.end) == (0, 8, 19, 24)


async def test_half_lines_at_the_edges_are_left_out(path: Path, search: FileSearch) -> None:
    path.write_bytes(b"".join(b"line %07d\n" % number for number in range(20_000)))
    window = await search.around(130_000)
    assert window.line == b"line 0010000\n"
    assert window.before.startswith(b"line ")
    assert window.behind.endswith(b"\n")
    assert window.start > 130_000 - searches.AROUND - 13
    assert window.end <= 130_000 + searches.AROUND


async def test_the_last_line_is_shown_also_without_its_end(path: Path, search: FileSearch) -> None:
    path.write_bytes(b"one\nneed")
    window = await search.around(4)
    assert (window.before, window.line, window.behind) == (b"one\n", b"need", b"")
    assert not window.goes_on


async def test_of_a_line_of_megabytes_what_is_around_the_place_is_shown(
    path: Path, search: FileSearch
) -> None:
    path.write_bytes(b"one\n" + "ö".encode() * 5_000_000 + b"needle" + b"y" * 5_000_000 + b"\n")
    at = (await last(search, "needle")).found
    assert at is not None
    window = await search.around(at)
    assert window.began
    assert window.goes_on
    assert window.line.decode().startswith("ö" * (searches.BEFORE // 2) + "needley")
    assert len(window.line) == searches.AROUND + searches.BEFORE


async def test_a_place_in_a_file_that_was_cut_meanwhile_shows_nothing(
    path: Path, search: FileSearch
) -> None:
    path.write_bytes(b"x" * 100)
    await search.around(50)
    os.truncate(path, 0)
    assert (await search.around(50)).line == b""
