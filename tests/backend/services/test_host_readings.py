"""Hosts that are read in the background, each by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from ticrypt_tui.backend.drivers.base import HostAddress
from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.backend.services import host_readings
from ticrypt_tui.backend.services.host_readings import HostReadings

ONE, OTHER = (HostAddress(each, "lab", each, f"play://{each}") for each in ("one", "other"))


class Reader:
    """Gives the number of the reading; a host that hangs waits for `free`."""

    def __init__(self) -> None:
        self.told = 0
        self.free = asyncio.Event()
        self.readings: HostReadings[int] = HostReadings(self._tell)
        self.done: list[str] = []

    def _tell(self) -> None:
        self.told += 1

    async def read(self, host: HostAddress) -> int:
        self.done.append(host.host_id)
        return len(self.done)

    async def hang(self, host: HostAddress) -> int:
        await self.free.wait()
        return await self.read(host)

    async def fail(self, host: HostAddress) -> int:
        raise Failed("The store is away.")


@pytest.fixture
async def reader() -> AsyncIterator[Reader]:
    reader = Reader()
    yield reader
    await reader.readings.close()


async def test_the_first_look_waits_and_a_second_one_soon_after_reads_nothing(
    reader: Reader,
) -> None:
    for _ in range(2):
        reader.readings.begin([ONE, OTHER], reader.read)
        await reader.readings.first()
    assert reader.readings.last == {"one": 1, "other": 2}
    assert reader.told == 2


async def test_what_is_let_expire_is_read_anew(reader: Reader) -> None:
    reader.readings.begin([ONE], reader.read)
    await reader.readings.first()
    reader.readings.expire()
    assert reader.readings.due([ONE]) == [ONE]


async def test_a_host_that_hangs_is_late_holds_up_no_other_and_is_not_asked_twice(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_readings, "FIRST_WITHIN", 0.05)
    reader.readings.begin([ONE], reader.hang)
    reader.readings.begin([OTHER], reader.read)
    await reader.readings.first()
    assert reader.readings.last == {"other": 1}
    assert reader.readings.late == {"one"}
    reader.readings.expire()
    assert reader.readings.due([ONE, OTHER]) == [OTHER]


async def test_a_reading_that_fails_altogether_leaves_the_last_one(reader: Reader) -> None:
    await reader.readings.read(ONE, reader.read)
    await reader.readings.read(ONE, reader.fail)
    assert reader.readings.last == {"one": 1}
    assert reader.told == 1


async def test_a_host_that_is_gone_is_forgotten(reader: Reader) -> None:
    await reader.readings.read(ONE, reader.read)
    await reader.readings.read(OTHER, reader.read)
    reader.readings.keep_only(["other"])
    assert reader.readings.last.keys() == {"other"}
