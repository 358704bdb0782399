"""What Fix VMs is to do: a pure plan from the store's VMs and what the hosts showed after it.

The rule. What a host that answered in full shows is so, and the store follows. Of a VM that is gone
QEMU's log may tell how it ended: it is a past one then. Where nothing tells, a yes is asked for,
and only once its host has said twice that it is not there. What the store does not know, what two
hosts show and what is another realm's is told and left alone. A VM that somebody is busy with is no
difference at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from ticrypt_tui.backend.drivers.base import DomainSeen, Power
from ticrypt_tui.backend.sync.differences import Difference, Grade, Kind
from ticrypt_tui.backend.sync.endings import Told
from ticrypt_tui.backend.sync.snapshots import HostSnapshot, StoredVm, StoreSnapshot

SETTLED = timedelta(seconds=3)
"""How long what was just ended may still be shown, and how far apart two readings are."""

Sightings = Sequence[tuple[HostSnapshot, DomainSeen]]
_NOT_RUNNING = (Power.STOPPED, Power.CRASHED)
_STUCK = ("shutting down", "paused", "stopped")


def plan_vms(
    store: StoreSnapshot, hosts: Sequence[HostSnapshot], told: Mapping[str, Told]
) -> tuple[Difference, ...]:
    """Every difference; `told` is how those of `gone` ended, as far as that is known."""
    seen, by_id = _seen(hosts), {host.id: host for host in hosts}
    found = [
        each
        for vm in store.vms.values()
        for each in _of_vm(vm, seen.get(vm.id, ()), by_id, told.get(vm.id), store)
    ]
    strangers = (
        _unknown(host, domain)
        for vm_id, sightings in seen.items()
        if vm_id not in store.vms
        for host, domain in sightings
    )
    return (*found, *strangers)


def gone(store: StoreSnapshot, hosts: Sequence[HostSnapshot]) -> list[StoredVm]:
    """The VMs that run nowhere though their host answered: their ends may be told elsewhere."""
    seen, by_id = _seen(hosts), {host.id: host for host in hosts}
    return [
        vm
        for vm in store.vms.values()
        if _ours(vm, store)
        and vm.ended is None
        and not _running(seen.get(vm.id, ()))
        and _answered(by_id.get(vm.host_id or ""))
    ]


def known_as(domain: DomainSeen) -> str:
    """The ID of the VM that a domain is, if it is one of the store's."""
    return f"vm-{domain.uuid}"


def _seen(hosts: Sequence[HostSnapshot]) -> dict[str, Sightings]:
    """Who showed each VM, among the hosts that answered in full."""
    found: defaultdict[str, list[tuple[HostSnapshot, DomainSeen]]] = defaultdict(list)
    for host in hosts:
        if not host.silent:
            for domain in host.domains:
                found[known_as(domain)].append((host, domain))
    return dict(found)


def _of_vm(
    vm: StoredVm,
    sightings: Sightings,
    hosts: Mapping[str, HostSnapshot],
    told: Told | None,
    store: StoreSnapshot,
) -> Iterator[Difference]:
    running = _running(sightings)
    if vm.realm_id != store.realm_id:
        yield from (_foreign(vm, host) for host, _ in running)
    elif vm.busy:
        return
    elif len(running) > 1:
        yield _twice(vm, running)
    elif vm.ended is not None:
        yield from (_runs_on(vm, *each) for each in running if _still(vm, each[0]))
    elif running:
        yield from _there(vm, *running[0], hosts)
    elif told is not None:
        yield _ended(vm, told)
    elif vm.host_id is None or _answered(hosts.get(vm.host_id)):
        yield _lost(vm, hosts)


def _ours(vm: StoredVm, store: StoreSnapshot) -> bool:
    return vm.realm_id == store.realm_id and not vm.busy


def _running(sightings: Sightings) -> Sightings:
    return [each for each in sightings if each[1].power not in _NOT_RUNNING]


def _answered(host: HostSnapshot | None) -> bool:
    return host is not None and not host.silent


def _still(vm: StoredVm, host: HostSnapshot) -> bool:
    """Whether a VM was seen so long after its end that it runs on."""
    return vm.ended is not None and host.read_at >= vm.ended + SETTLED


def _there(
    vm: StoredVm, host: HostSnapshot, domain: DomainSeen, hosts: Mapping[str, HostSnapshot]
) -> Iterator[Difference]:
    """The differences of a VM that one host shows."""
    if vm.host_id != host.id:
        yield _moved(vm, host, hosts)
    elif vm.allocated not in (None, host.id):
        yield _held(vm, host)
    if vm.state in _STUCK and domain.power is Power.RUNNING:
        yield _state(vm, host)


def _ended(vm: StoredVm, told: Told) -> Difference:
    return Difference(
        Kind.VM_ENDED, vm.id, vm.name, _stored(vm),
        f"gone since {told.at:%Y-%m-%d %H:%M:%S} UTC: {told.detail}",
        "make it a past VM", Grade.SAFE, vm.host_id or "",
    )  # fmt: skip


def _lost(vm: StoredVm, hosts: Mapping[str, HostSnapshot]) -> Difference:
    own = hosts.get(vm.host_id or "")
    silent = sorted(host.name for host in hosts.values() if host.silent)
    said = "gone, and nothing tells how"
    if silent:
        said = f"{said}; of {', '.join(silent)} nothing is known"
    steady = own.steady if own else not silent
    return Difference(
        Kind.VM_LOST, vm.id, vm.name, _stored(vm), said,
        "make it a past VM, lost" if steady else "look again: its host was only read once",
        Grade.ASK if steady else Grade.NEVER, vm.host_id or "",
    )  # fmt: skip


def _moved(vm: StoredVm, host: HostSnapshot, hosts: Mapping[str, HostSnapshot]) -> Difference:
    """Where the store's own host does not say that it is gone from there, a yes is asked for."""
    before = hosts.get(vm.host_id or "")
    certain = vm.host_id is None or _answered(before)
    doubt = "" if certain else f"; {vm.host_name} does not say whether it is there, too"
    return Difference(
        Kind.VM_MOVED, vm.id, vm.name, _stored(vm), f"runs on {host.name}{doubt}",
        f"have it on {host.name}, with what it holds", Grade.SAFE if certain else Grade.ASK,
        host.id,
    )  # fmt: skip


def _held(vm: StoredVm, host: HostSnapshot) -> Difference:
    return Difference(
        Kind.VM_HELD, vm.id, vm.name, "holds its cores and memory of another host",
        f"runs on {host.name}", f"have it hold them of {host.name}", Grade.SAFE, host.id,
    )  # fmt: skip


def _state(vm: StoredVm, host: HostSnapshot) -> Difference:
    return Difference(
        Kind.VM_STATE, vm.id, vm.name, vm.state, f"runs on {host.name}", "have it running",
        Grade.SAFE, host.id, "running",
    )  # fmt: skip


def _runs_on(vm: StoredVm, host: HostSnapshot, domain: DomainSeen) -> Difference:
    return Difference(
        Kind.VM_RUNS_ON, vm.id, vm.name, "a past VM",
        f"{domain.power} on {host.name}", "ask its guest to shut down", Grade.ASK, host.id,
    )  # fmt: skip


def _twice(vm: StoredVm, running: Sightings) -> Difference:
    where = " and ".join(sorted(host.name for host, _ in running))
    return Difference(
        Kind.VM_TWICE, vm.id, vm.name, _stored(vm),
        f"ALARM: runs on {where}, with the same disks", "leave alone: look at both hosts",
        Grade.NEVER,
    )  # fmt: skip


def _foreign(vm: StoredVm, host: HostSnapshot) -> Difference:
    return Difference(
        Kind.VM_FOREIGN, vm.id, vm.name, f"a VM of realm {vm.realm_id}",
        f"runs on {host.name}", "leave alone: realms never mix", Grade.NEVER, host.id,
    )  # fmt: skip


def _unknown(host: HostSnapshot, domain: DomainSeen) -> Difference:
    return Difference(
        Kind.VM_UNKNOWN, domain.uuid, domain.title or domain.name, "nothing",
        f"{domain.power} on {host.name}", "leave alone: it is never adopted", Grade.NEVER, host.id,
    )  # fmt: skip


def _stored(vm: StoredVm) -> str:
    if vm.ended is not None:
        return "a past VM"
    return f"{vm.state} on {vm.host_name}" if vm.host_name else vm.state
