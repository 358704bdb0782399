"""The plan of Fix VMs: every state in the store beside every state in libvirt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ticrypt_tui.backend.drivers.base import DomainSeen, Ending, Power
from ticrypt_tui.backend.sync.differences import Difference, Grade, Kind
from ticrypt_tui.backend.sync.endings import Told
from ticrypt_tui.backend.sync.snapshots import HostSnapshot, StoredVm, StoreSnapshot
from ticrypt_tui.backend.sync.vm_plan import SETTLED, gone, known_as, plan_vms

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
VM = StoredVm("vm-1", "tiny", "lab", "running", "n1", "node01", allocated="n1")
N1 = HostSnapshot("n1", "node01", NOON, steady=True)
N2 = HostSnapshot("n2", "node02", NOON, steady=True)
BY_GUEST = Told(Ending.BY_GUEST, "shut down by the guest", NOON)
CRASHED = Told(Ending.CRASHED, "the guest crashed", NOON)


def domain(uuid: str = "1", power: Power = Power.RUNNING, **more: Any) -> DomainSeen:
    return DomainSeen(uuid, f"vm-{uuid}", "a VM", power, "", 1, 192, f"vm-{uuid}", **more)


def on(host: HostSnapshot, *domains: DomainSeen) -> HostSnapshot:
    return replace(host, domains=domains)


def silent(host: HostSnapshot) -> HostSnapshot:
    return replace(host, silent="It does not answer.", steady=False)


def planned(
    vm: StoredVm | None, hosts: tuple[HostSnapshot, ...], told: Mapping[str, Told] | None = None
) -> tuple[Difference, ...]:
    store = StoreSnapshot("lab", {} if vm is None else {vm.id: vm})
    return plan_vms(store, hosts, told or {})


# What libvirt says: two hosts, and how QEMU's log or the host says that the VM ended.
LIBVIRT: dict[str, tuple[tuple[HostSnapshot, ...], Told | None]] = {
    "running": ((on(N1, domain()), N2), None),
    "paused": ((on(N1, domain(power=Power.PAUSED)), N2), None),
    "closing": ((on(N1, domain(power=Power.SHUTTING_DOWN)), N2), None),
    "crashed": ((on(N1, domain(power=Power.CRASHED)), N2), CRASHED),
    "told": ((N1, N2), BY_GUEST),
    "gone": ((N1, N2), None),
    "once": ((replace(N1, steady=False), N2), None),
    "moved": ((N1, on(N2, domain())), None),
    "doubt": ((silent(N1), on(N2, domain())), None),
    "twice": ((on(N1, domain()), on(N2, domain())), None),
    "silent": ((silent(N1), N2), None),
}
STORE: dict[str, StoredVm | None] = {
    "no record": None,
    "busy": replace(VM, state="starting", busy="being started"),
    "booting": replace(VM, state="booting"),
    "registering": replace(VM, state="registering"),
    "running": VM,
    "paused": replace(VM, state="paused"),
    "shutting down": replace(VM, state="shutting down"),
    "stopped": replace(VM, state="stopped"),
    "past": replace(VM, state="stopped", ended=NOON - SETTLED, allocated=None),
    "past just now": replace(VM, state="stopped", ended=NOON, allocated=None),
}
SAYS = {
    "E": (Kind.VM_ENDED, Grade.SAFE), "L": (Kind.VM_LOST, Grade.ASK),
    "l": (Kind.VM_LOST, Grade.NEVER), "M": (Kind.VM_MOVED, Grade.SAFE),
    "m": (Kind.VM_MOVED, Grade.ASK), "S": (Kind.VM_STATE, Grade.SAFE),
    "R": (Kind.VM_RUNS_ON, Grade.ASK), "T": (Kind.VM_TWICE, Grade.NEVER),
    "U": (Kind.VM_UNKNOWN, Grade.NEVER),
}  # fmt: skip
MATRIX = """
                running paused closing crashed told gone once moved doubt twice silent
no record       U       U      U       U       -    -    -    U     U     UU    -
busy            -       -      -       -       -    -    -    -     -     -     -
booting         -       -      -       E       E    L    l    M     m     T     -
registering     -       -      -       E       E    L    l    M     m     T     -
running         -       -      -       E       E    L    l    M     m     T     -
paused          S       -      -       E       E    L    l    MS    mS    T     -
shutting_down   S       -      -       E       E    L    l    MS    mS    T     -
stopped         S       -      -       E       E    L    l    MS    mS    T     -
past            R       R      R       -       -    -    -    R     R     T     -
past_just_now   -       -      -       -       -    -    -    -     -     T     -
"""


def cells() -> list[tuple[str, str, str]]:
    head, *lines = MATRIX.strip().splitlines()
    told = [line.replace("no record", "no_record").split() for line in lines]
    return [
        (name.replace("_", " "), seen, says)
        for name, *row in told
        for seen, says in zip(head.split(), row, strict=True)
    ]


@pytest.mark.parametrize(("stored", "seen", "says"), cells())
def test_each_state_in_the_store_beside_each_in_libvirt(stored: str, seen: str, says: str) -> None:
    hosts, told = LIBVIRT[seen]
    found = planned(STORE[stored], hosts, {"vm-1": told} if told else {})
    assert [(each.kind, each.grade) for each in found] == [
        SAYS[letter] for letter in says if letter != "-"
    ]


def test_every_cell_of_the_table_is_there() -> None:
    assert {(stored, seen) for stored, seen, _ in cells()} == {
        (stored, seen) for stored in STORE for seen in LIBVIRT
    }


def test_a_difference_says_what_both_say_and_what_will_be_done() -> None:
    (moved,) = planned(VM, LIBVIRT["moved"][0])
    assert (moved.what, moved.store_says) == ("tiny", "running on node01")
    assert moved.libvirt_says == "runs on node02"
    assert moved.will_do == "have it on node02, with what it holds"


def test_a_difference_has_the_same_id_whenever_it_is_found() -> None:
    (first,) = planned(VM, LIBVIRT["gone"][0])
    later = tuple(replace(host, read_at=NOON + timedelta(hours=1)) for host in (N1, N2))
    (second,) = planned(replace(VM, name="renamed"), later)
    assert first.id == second.id
    assert len({first.id, planned(VM, LIBVIRT["moved"][0])[0].id}) == 2


def test_a_vm_of_another_realm_is_told_and_left_alone() -> None:
    (found,) = planned(replace(VM, realm_id="attic"), (on(N1, domain()),))
    assert (found.kind, found.grade) == (Kind.VM_FOREIGN, Grade.NEVER)


def test_a_vm_whose_host_is_gone_from_the_store_asks_only_where_every_host_answered() -> None:
    homeless = replace(VM, host_id=None, host_name="")
    assert [each.grade for each in planned(homeless, (N1, N2))] == [Grade.ASK]
    assert [each.grade for each in planned(homeless, (N1, silent(N2)))] == [Grade.NEVER]


def test_what_holds_room_of_another_host_than_its_own_is_put_right() -> None:
    (found,) = planned(replace(VM, allocated="n2"), (on(N1, domain()), N2))
    assert (found.kind, found.grade, found.host_id) == (Kind.VM_HELD, Grade.SAFE, "n1")


def test_a_domain_without_our_mark_is_still_the_vm_of_its_uuid() -> None:
    unmarked = replace(domain(), name="renamed", vm_id=None)
    assert planned(VM, (on(N1, unmarked),)) == ()


def test_hostile_names_go_through_as_they_are() -> None:
    hostile = replace(domain("x"), title="[bold]\x1b]0;owned\x07")
    (found,) = planned(None, (on(N1, hostile),))
    assert found.what == "[bold]\x1b]0;owned\x07"


# Random changes behind the store's back, and one round after them


@dataclass
class World:
    """A store and its hosts, with the rules by which a round writes: those of the repairs."""

    vms: dict[str, StoredVm]
    hosts: dict[str, dict[str, DomainSeen]]
    silent: set[str] = field(default_factory=set)
    told: dict[str, Told] = field(default_factory=dict)

    def plan(self) -> tuple[Difference, ...]:
        hosts = tuple(
            replace(
                HostSnapshot(name, name, NOON, steady=name not in self.silent),
                domains=() if name in self.silent else tuple(domains.values()),
                silent="It does not answer." if name in self.silent else "",
            )
            for name, domains in self.hosts.items()
        )
        store = StoreSnapshot("lab", self.vms)
        told = {vm.id: self.told[vm.id] for vm in gone(store, hosts) if vm.id in self.told}
        return plan_vms(store, hosts, told)

    def round(self) -> None:
        for each in self.plan():
            if each.grade is Grade.SAFE:
                self.vms[each.subject] = replace(self.vms[each.subject], **self.change(each))

    @staticmethod
    def change(difference: Difference) -> dict[str, Any]:
        there = {"host_id": difference.host_id, "host_name": difference.host_id}
        changes: dict[Kind, dict[str, Any]] = {
            Kind.VM_ENDED: {"ended": NOON - 2 * SETTLED, "state": "stopped", "allocated": None},
            Kind.VM_MOVED: {**there, "allocated": difference.host_id},
            Kind.VM_HELD: {"allocated": difference.host_id},
            Kind.VM_STATE: {"state": difference.value},
        }
        return changes[difference.kind]


NODES = ("n1", "n2", "n3")
STEPS = ("end", "vanish", "move", "copy", "pause", "resume", "crash", "stranger", "silence", "hear")


@some.composite
def worlds(draw: some.DrawFn) -> World:
    vms, hosts = {}, {name: dict[str, DomainSeen]() for name in NODES}
    for number in range(draw(some.integers(0, 6))):
        node = draw(some.sampled_from(NODES))
        state = draw(some.sampled_from(("running", "shutting down", "paused", "booting")))
        busy = draw(some.sampled_from(("", "", "", "being started")))
        name = f"vm-{number}"
        vms[name] = StoredVm(name, name, "lab", state, node, node, busy=busy, allocated=node)
        hosts[node][str(number)] = domain(str(number))
    return World(vms, hosts)


def happens(world: World, step: str, node: str, other: str, number: int) -> None:
    """Something that an admin, a guest or a fault does to libvirt."""
    there, key = world.hosts[node], str(number)
    if step == "stranger":
        there[f"stranger-{number}"] = domain(f"stranger-{number}")
    elif step in ("silence", "hear"):
        (world.silent.add if step == "silence" else world.silent.discard)(node)
    elif key in there:
        power = {"pause": Power.PAUSED, "resume": Power.RUNNING, "crash": Power.CRASHED}.get(step)
        if power is not None:
            there[key] = replace(there[key], power=power)
        if step in ("move", "copy"):
            world.hosts[other][key] = there[key]
        if step in ("end", "vanish") or (step == "move" and other != node):
            del there[key]
        if step in ("end", "crash"):
            world.told[f"vm-{number}"] = BY_GUEST if step == "end" else CRASHED


@given(
    world=worlds(),
    steps=some.lists(
        some.tuples(
            some.sampled_from(STEPS), some.sampled_from(NODES), some.sampled_from(NODES),
            some.integers(0, 5),
        ),
        max_size=12,
    ),
)  # fmt: skip
def test_after_one_round_the_store_is_as_libvirt_where_that_is_safe(
    world: World, steps: list[tuple[str, str, str, int]]
) -> None:
    for step in steps:
        happens(world, *step)
    before = {name: dict(domains) for name, domains in world.hosts.items()}
    records = set(world.vms)

    world.round()

    assert world.hosts == before  # nothing was destroyed
    assert set(world.vms) == records  # nothing was adopted or deleted
    assert [each for each in world.plan() if each.grade is Grade.SAFE] == []  # the next finds none
    heard = {name: domains for name, domains in before.items() if name not in world.silent}
    for vm in world.vms.values():
        where = [
            name
            for name, domains in heard.items()
            if any(known_as(d) == vm.id and d.power is not Power.CRASHED for d in domains.values())
        ]
        if vm.busy or len(where) != 1 or vm.ended:
            continue
        certain = not world.silent & {vm.host_id or ""}
        assert (vm.host_id == where[0] and vm.allocated == where[0]) or not certain
