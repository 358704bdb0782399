"""Placement: what its full account costs beside a bare loop, and how tightly it packs."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Sequence
from statistics import median

from benchmarks.report import Ratio
from ticrypt_tui.backend.scheduling.model import Demand, Place
from ticrypt_tui.backend.scheduling.placement import place, simulate
from ticrypt_tui.backend.scheduling.room import holding
from ticrypt_tui.config.devices import Device

HOSTS, VMS, ROOM, RUNS, SHOWN = 5_000, 2_000, 400, 31, 50
CORES, MEMORY = 64, 512 * 1024
GPUS = tuple(Device("A100", f"0000:{0x41 + each:02x}:00.0") for each in range(4))


def measured() -> list[Ratio]:
    return [_simulating(), *packings()]


def packings() -> list[Ratio]:
    """The hosts that `pack` uses for several mixtures of VMs, beside the lower bound of each."""
    return [
        _packed("2 to 8 GiB to a core", _of_shapes(), 1.02),
        _packed("2 to 8 GiB to a core, a tenth with GPUs", _of_shapes(0.1), 1.05),
        _packed("memory and cores apart", _of_any_shape(), 1.02),
        _packed("memory and cores apart, a tenth with GPUs", _of_any_shape(0.1), 1.05),
        _packed("as short of memory as of cores", _of_both(), None),
    ]


def _simulating() -> Ratio:
    fleet, demand = _fleet(), Demand(8, 64 * 1024)
    ours, bare = _in_turns(
        lambda: simulate(demand, fleet).verdicts[:SHOWN], lambda: _bare(demand, fleet)
    )
    return Ratio(
        f"simulating over {HOSTS:,} hosts with the full account, {SHOWN} hosts of it as text, "
        "beside a bare loop, the processor's time",
        f"{ours * 1000:.1f} ms",
        f"{bare * 1000:.1f} ms",
        ours / bare,
        most=5,
    )


def _in_turns(*runs: Callable[[], object]) -> tuple[float, ...]:
    taken: list[list[float]] = [[] for _ in runs]
    for _ in range(RUNS):
        for run, times in zip(runs, taken, strict=True):
            start = time.process_time()
            run()
            times.append(time.process_time() - start)
    return tuple(map(median, taken))


def _fleet() -> list[Place]:
    """Hosts of which each has something taken, each fourth has GPUs, and each tenth is shut."""
    chance = random.Random(4)
    names = chance.sample(range(HOSTS), HOSTS)
    return [
        Place(
            id=f"id-{each}",
            name=f"node{names[each]:05}",
            cores=CORES,
            memory_mib=MEMORY,
            cores_used=chance.randrange(CORES + 1),
            memory_used=chance.randrange(MEMORY + 1),
            vms=chance.randrange(16),
            devices=() if each % 4 else GPUS,
            gates=() if each % 10 else ("state is no scheduler",),
        )
        for each in range(HOSTS)
    ]


def _bare(demand: Demand, places: Sequence[Place]) -> tuple[float, Place | None, int, int, int]:
    """The same tests and the same sums, with nothing kept but the best host and the totals."""
    best, chosen, more, short_cores, short_memory = math.inf, None, 0, 0, 0
    for each in places:
        cores = each.cores - each.cores_used - demand.cores
        memory = each.memory_mib - each.memory_used - demand.memory_mib
        if cores < 0:
            short_cores -= cores
        if memory < 0:
            short_memory -= memory
        if cores < 0 or memory < 0 or each.gates:
            continue
        idle = 0.0
        if each.devices:
            free = sum(unit.address not in each.devices_held for unit in each.devices)
            idle = free / len(each.devices)
        vms = (each.vms + 1) / each.cores
        cores_share = (each.cores_used + demand.cores) / each.cores
        memory_share = (each.memory_used + demand.memory_mib) / each.memory_mib
        cost = vms + cores_share + memory_share + 4 * idle
        more += min(cores // demand.cores, memory // demand.memory_mib) + 1
        if cost < best:
            best, chosen = cost, each
    return best, chosen, more, short_cores, short_memory


def _packed(what: str, vms: list[Demand], most: float | None) -> Ratio:
    """Place VMs one after the other by `pack`, and count the hosts that have any."""
    devices = GPUS if any(each.devices for each in vms) else ()
    fleet = [
        Place(str(each), f"node{each:04}", CORES, MEMORY, cost="pack",
              devices=() if each % 4 else devices)
        for each in range(ROOM)
    ]  # fmt: skip
    for vm in vms:
        found = place(vm, fleet)
        assert found is not None
        at = int(found.place.id)
        fleet[at] = holding(vm, fleet[at])
    used = sum(each.vms > 0 for each in fleet)
    cores, memory = sum(vm.cores for vm in vms), sum(vm.memory_mib for vm in vms)
    bound = math.ceil(max(cores / CORES, memory / MEMORY))
    return Ratio(
        f"packing {VMS:,} mixed VMs, {what}, beside the lower bound, in hosts",
        f"{used}", f"{bound}", used / bound, most=most,
    )  # fmt: skip


def _of_shapes(wanting: float = 0.0) -> list[Demand]:
    """VMs of the usual shapes: 2, 4 or 8 GiB to a core; so many of them want GPUs."""
    chance = random.Random(7)
    return [
        _vm(chance, cores := chance.choice((1, 2, 4, 8, 16, 32)), cores * chance.choice((2, 4, 8)),
            wanting)
        for _ in range(VMS)
    ]  # fmt: skip


def _of_any_shape(wanting: float = 0.0) -> list[Demand]:
    """VMs whose memory has nothing to do with their cores; so many of them want GPUs."""
    chance = random.Random(7)
    cores, memory = (1, 2, 4, 8, 16), (2, 4, 8, 16, 32, 64, 128)
    return [_vm(chance, chance.choice(cores), chance.choice(memory), wanting) for _ in range(VMS)]


def _of_both(wanting: float = 0.0) -> list[Demand]:
    """VMs that need as much of a host's memory as of its cores, though each by itself does not."""
    chance = random.Random(7)
    return [_vm(chance, chance.randint(1, 16), chance.randint(8, 128), wanting) for _ in range(VMS)]


def _vm(chance: random.Random, cores: int, gib: int, wanting: float) -> Demand:
    gpus = chance.choice((1, 2)) if chance.random() < wanting else 0
    return Demand(cores, gib * 1024, {"A100": gpus} if gpus else {})
