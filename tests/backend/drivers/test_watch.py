"""Every host is watched by itself: read at once, after events, and again after it was lost."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import cast

import pytest

from tests.backend.drivers.conftest import Ears, domain_xml
from ticrypt_tui.backend.drivers import driver
from ticrypt_tui.backend.drivers import watch as watch_module
from ticrypt_tui.backend.drivers.base import Driver, HostAddress, Reach
from ticrypt_tui.backend.drivers.libvirt import connection
from ticrypt_tui.backend.drivers.libvirt.host import LibvirtHost
from ticrypt_tui.backend.drivers.watch import Watch
from ticrypt_tui.backend.errors import DeadlineMissed, HostUnreachable

World = Callable[..., str]


@pytest.fixture
async def patient(ears: Ears) -> AsyncIterator[Watch]:
    """A watch that never polls by itself while the test runs."""
    watch = Watch({"lab": driver("libvirt")}, ears, poll=10_000)
    yield watch
    await watch.close()


@pytest.fixture
def black_hole(tmp_path: Path) -> Iterator[str]:
    """The URI of a host that takes connections and never says a word."""
    with socket.socket(socket.AF_UNIX) as hole:
        hole.bind(str(tmp_path / "hole"))
        hole.listen(16)
        yield f"qemu+unix:///system?socket={tmp_path}/hole"


class Doorbell:
    """A host's socket, which tells whether anyone has called; callers are left to wait."""

    def __init__(self, path: Path) -> None:
        self.uri = f"qemu+unix:///system?socket={path}"
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(str(path))
        self.socket.listen(16)
        self.socket.setblocking(False)
        self.callers: list[socket.socket] = []

    def rung(self) -> bool:
        """Whether somebody called since this was asked last."""
        before = len(self.callers)
        with suppress(BlockingIOError):
            while True:
                self.callers.append(self.socket.accept()[0])
        return len(self.callers) > before

    def close(self) -> None:
        for each in (self.socket, *self.callers):
            each.close()


@pytest.fixture
def doorbell(tmp_path: Path) -> Iterator[Doorbell]:
    with closing(Doorbell(tmp_path / "bell")) as bell:
        yield bell


def at(uri: str, name: str = "node1", realm: str = "lab") -> HostAddress:
    return HostAddress(f"host-{name}", realm, name, uri)


async def test_a_host_is_connecting_until_it_is_read(patient: Watch, world: World) -> None:
    patient.follow([at(world(domain_xml("vm-1")))])
    assert patient.seen["host-node1"].reach is Reach.CONNECTING
    with pytest.raises(HostUnreachable, match="node1 is still being connected to"):
        patient.host("host-node1")
    await patient.settled(60)
    seen = patient.seen["host-node1"]
    assert (seen.reach, seen.fresh) == (Reach.SIMULATED, True)
    assert [domain.name for domain in seen.domains] == ["vm-1"]
    assert seen.read_at is not None


async def test_an_end_is_heard_and_read_without_waiting_for_the_poll(
    patient: Watch, ears: Ears, world: World
) -> None:
    patient.follow([at(world(domain_xml("vm-1"), domain_xml("vm-2")))])
    await patient.settled(60)
    first = patient.seen["host-node1"].domains[0]
    await patient.host("host-node1").force_off(first.uuid)
    await ears.until(lambda: len(patient.seen["host-node1"].domains) == 1)
    assert [event.uuid for event in ears.endings] == [first.uuid]
    assert ears.heard[-1] == patient.seen["host-node1"]


async def test_a_burst_of_events_is_one_reading(
    patient: Watch, ears: Ears, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_module, "BURST_SECONDS", 1.0)
    patient.follow([at(world(*(domain_xml(f"vm-{number}") for number in range(30))))])
    await patient.settled(60)
    host = patient.host("host-node1")
    heard = len(ears.heard)
    for domain in patient.seen["host-node1"].domains:
        await host.force_off(domain.uuid)
    await ears.until(lambda: not patient.seen["host-node1"].domains)
    assert len(ears.endings) == 30
    assert len(ears.heard) - heard < 10


async def test_the_rows_of_many_vms_come_first_and_what_their_xml_says_follows(
    patient: Watch, ears: Ears, world: World
) -> None:
    patient.follow([at(world(*(domain_xml(f"vm-{number}") for number in range(30))))])
    await patient.settled(60)
    first, *_, last = ears.heard
    assert (first.fresh, first.described, len(first.domains)) == (True, False, 30)
    assert (last.described, len(last.domains)) == (True, 30)
    assert patient.seen["host-node1"] is last


async def test_what_has_not_changed_is_not_told_again(
    watch: Watch, ears: Ears, world: World
) -> None:
    watch.follow([at(world(domain_xml("vm-1")))])
    await watch.settled(60)
    heard, read_at = len(ears.heard), watch.seen["host-node1"].read_at
    await ears.until(lambda: watch.seen["host-node1"].read_at != read_at)
    assert len(ears.heard) == heard


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        (at("esx://vcenter/"), "is for esx, not for QEMU"),
        (at("not a uri"), "is not a URI"),
        (at("test:///default", realm="attic"), "realm attic is not configured"),
        (at("qemu+unix:///system?socket=/nowhere"), "no libvirt daemon listens"),
    ],
)
async def test_a_host_that_cannot_be_reached_says_why(
    patient: Watch, address: HostAddress, complaint: str
) -> None:
    patient.follow([address])
    await patient.settled(60)
    seen = patient.seen["host-node1"]
    assert (seen.reach, seen.fresh) == (Reach.UNREACHABLE, False)
    assert complaint in seen.detail
    with pytest.raises(HostUnreachable, match=r"node1 is unreachable since \d\d:\d\d:\d\d: .*"):
        patient.host("host-node1")


async def test_a_host_that_hangs_holds_up_no_other(
    patient: Watch, world: World, ears: Ears, black_hole: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "OPEN_SECONDS", 10_000)
    patient.follow([at(black_hole, "hole"), at(world(domain_xml("vm-1")))])
    await ears.until(lambda: patient.seen["host-node1"].fresh)
    assert patient.seen["host-hole"].reach is Reach.CONNECTING


async def test_a_host_that_hangs_is_told_as_one_that_did_not_answer(
    patient: Watch, ears: Ears, black_hole: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "OPEN_SECONDS", 0.5)
    patient.follow([at(black_hole, "hole")])
    await ears.until(lambda: patient.seen["host-hole"].reach is Reach.UNREACHABLE)
    assert "did not answer at qemu+unix:///system" in patient.seen["host-hole"].detail


async def test_a_host_that_hangs_again_and_again_costs_no_more_than_a_few_threads(
    patient: Watch, ears: Ears, black_hole: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "OPEN_SECONDS", 0.05)
    patient.follow([at(black_hole)])
    async with asyncio.timeout(60):
        while "4 earlier calls still hang" not in patient.seen["host-node1"].detail:
            patient.refresh()
            await asyncio.sleep(0.1)
    threads = threading.active_count()
    for _ in range(10):
        patient.refresh()
        await asyncio.sleep(0.02)
    await ears.until(lambda: threading.active_count() <= threads)


async def test_a_host_that_stays_away_is_tried_again_after_growing_pauses(
    patient: Watch, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    async def rest(_: object, seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0.001)

    monkeypatch.setattr(watch_module._Watched, "_rest", rest)
    patient.follow([at("qemu+unix:///system?socket=/nowhere")])
    await ears.until(lambda: len(pauses) > 8)
    assert 1 <= pauses[0] < pauses[1] < pauses[2] < pauses[3]
    assert pauses[8] == watch_module.LONGEST_PAUSE


async def test_an_action_on_a_host_that_never_opened_was_not_begun(
    host_at: Callable[[str], LibvirtHost], black_hole: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "OPEN_SECONDS", 0.2)
    with pytest.raises(HostUnreachable) as refusal:
        await host_at(black_hole).force_off("00000000-0000-4000-8000-000000000000")
    assert not isinstance(refusal.value, DeadlineMissed)


async def test_a_refresh_ends_the_pause_of_a_host_that_came_back(
    patient: Watch, world: World, ears: Ears, tmp_path: Path
) -> None:
    patient.follow([at(f"test://{tmp_path}/node.xml")])
    await patient.settled(60)
    assert not patient.seen["host-node1"].fresh
    world(domain_xml("vm-1"))
    patient.refresh("host-node1")
    await ears.until(lambda: patient.seen["host-node1"].fresh)
    assert patient.seen["host-node1"].detail == ""


async def test_only_the_hosts_that_are_followed_are_seen(patient: Watch, world: World) -> None:
    first, second = at(world(name="a"), "a"), at(world(name="b"), "b")
    patient.follow([first, second])
    await patient.settled(60)
    kept = patient.host("host-b")
    patient.follow([second])
    assert list(patient.seen) == ["host-b"]
    assert patient.host("host-b") is kept
    with pytest.raises(HostUnreachable, match="not contacted"):
        patient.host("host-a")


async def test_a_host_that_is_not_followed_is_never_contacted(
    patient: Watch, ears: Ears, world: World, doorbell: Doorbell
) -> None:
    """What a disabled host comes down to: its socket is watched while all others are read."""
    disabled, enabled = at(doorbell.uri, "disabled"), at(world(domain_xml("vm-1")))
    patient.follow([enabled])
    await patient.settled(60)
    for _ in range(5):
        patient.refresh()
        patient.refresh(disabled.host_id)
        with pytest.raises(HostUnreachable, match="not contacted"):
            patient.host(disabled.host_id)
        await asyncio.sleep(0.1)
    assert not doorbell.rung()
    patient.follow([enabled, disabled])
    await ears.until(doorbell.rung)


@pytest.mark.slow(seconds=4)
async def test_a_host_that_is_disabled_while_it_hangs_is_not_tried_again(
    patient: Watch, ears: Ears, doorbell: Doorbell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "OPEN_SECONDS", 0.1)
    patient.follow([at(doorbell.uri)])
    await ears.until(doorbell.rung)
    await patient.settled(60)
    patient.follow([])
    doorbell.rung()
    patient.refresh()
    await asyncio.sleep(3)  # longer than the pauses after its first failures
    assert not doorbell.rung()


async def test_a_host_whose_address_changed_is_connected_to_anew(
    patient: Watch, world: World
) -> None:
    patient.follow([at(world(name="a"))])
    await patient.settled(60)
    patient.follow([at(world(domain_xml("vm-1"), name="b"))])
    await patient.settled(60)
    assert [domain.name for domain in patient.seen["host-node1"].domains] == ["vm-1"]


async def test_a_fault_of_our_own_is_shown_and_not_hidden_behind_old_rows(ears: Ears) -> None:
    class Broken:
        name = "broken"
        simulated = False

        def host(self, address: HostAddress, listener: object) -> Broken:
            return self

        async def domains(self) -> None:
            raise KeyError("no such flag")

        async def close(self) -> None: ...

    watch = Watch({"lab": cast(Driver, Broken())}, ears)
    watch.follow([at("broken:///")])
    await watch.settled(60)
    assert watch.seen["host-node1"].reach is Reach.UNREACHABLE
    assert "KeyError('no such flag')" in watch.seen["host-node1"].detail
    await watch.close()


async def test_closing_waits_for_no_host(
    patient: Watch, black_hole: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "OPEN_SECONDS", 10_000)
    patient.follow([at(black_hole)])
    await asyncio.sleep(0.2)
    async with asyncio.timeout(60):
        await patient.close()
    assert patient.seen == {}
