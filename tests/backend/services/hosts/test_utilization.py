"""How much of a host is used, by whom, and what libvirt says beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from tests.backend.play import FACTS, PlayHost, domain
from ticrypt_tui.backend.drivers.base import HostAddress, HostSeen, Reach
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.services.hosts.capacity import Capacity
from ticrypt_tui.backend.services.hosts.usage import Holder, usage_of
from ticrypt_tui.backend.services.hosts.utilization import DeviceUnit, Measure, measures, units
from ticrypt_tui.config.devices import Device

A, B, C = (f"0000:4{n}:00.0" for n in (1, 2, 3))
CARDS = (Device("A100", A), Device("A100", B), Device("U250", C))
UP = Holder("vm-1", "genome-7", 16, 131072, (A,), seen=True)
STARTING = Holder("vm-2", "trial-12", 8, 65536, (C,), reserved=True)


def test_what_is_reserved_is_apart_from_what_is_used() -> None:
    usage = usage_of([UP, STARTING])
    cores, memory, *kinds = measures(usage, Capacity(64, 524288, CARDS), None, None)
    assert cores == Measure("cores", "", 16, 8, 64)
    assert memory == Measure("memory", "MiB", 131072, 65536, 524288)
    assert kinds == [Measure("A100", "", 1, 0, 2), Measure("U250", "", 0, 1, 1)]


def test_libvirts_own_figures_stand_beside_ours() -> None:
    address = HostAddress("host-1", "lab", "node01", "play://node01")
    moment = datetime(2026, 11, 21, tzinfo=UTC)
    seen = HostSeen(address, Reach.UP, moment, moment, domains=(domain("vm-1"), domain("vm-2")))
    cores, memory = measures(usage_of([UP]), Capacity(64, 524288), FACTS, seen)
    assert cores.said == "8 cores, 4 in 2 VMs"
    assert memory.said == "16 GiB, 8 GiB free, 4 GiB in 2 VMs"


def test_each_device_says_who_has_it_and_what_is_amiss() -> None:
    stray = replace(UP, id="vm-3", name="stray", devices=("0000:99:00.0",))
    told = units(CARDS, usage_of([UP, stray]), frozenset({A, C}))
    assert told == (
        DeviceUnit("A100", A, "genome-7"),
        DeviceUnit("A100", B, "", "the host has no such device"),
        DeviceUnit("U250", C),
        DeviceUnit("?", "0000:99:00.0", "stray", "not in the profile"),
    )


async def test_a_host_is_shown_with_its_vms(enclave: Enclave, host: PlayHost, config: str) -> None:
    await enclave.run("config.start", {"config": config})
    shown = await enclave.run("host.utilization", {"host": "node01"})
    assert [(each.name, each.cores, each.seen) for each in shown.holders] == [("tiny", 1, True)]
    assert shown.measures[0].used == 1
    assert "tiny: 1 cores, 192 MiB" in shown.sentence


async def test_of_a_silent_host_the_store_still_says_who_holds_what(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    await enclave.run("config.start", {"config": config})
    host.fall()
    assert await enclave.until(lambda: _is_down(enclave), 60)
    shown = await enclave.run("host.utilization", {"host": "node01"})
    assert shown.notices[0].startswith("libvirt says nothing: Host node01 is unreachable since")
    assert [each.name for each in shown.holders] == ["tiny"]


async def _is_down(enclave: Enclave) -> bool:
    return not any(host.fresh for host in enclave.sightings().values())


async def test_looking_is_recorded(enclave: Enclave, host: PlayHost) -> None:
    await enclave.run("host.utilization", {"host": "node01"})
    last = (await enclave.records())[-1]
    assert (last.operation, last.outcome, last.target_name) == (
        "host.utilization", "done", "node01"
    )  # fmt: skip
