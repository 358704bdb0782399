"""Policies by libvirt's network filters: one filter for a realm, to which its VMs refer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from ticrypt_tui.backend.drivers.base import Ability, Host
from ticrypt_tui.backend.drivers.filtering import PortSeen
from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.backend.policy.filter_document import Found, document, found
from ticrypt_tui.backend.policy.policy import Applied, HostPolicyState, Policy, PolicyState
from ticrypt_tui.text import shown

FILTERABLE = ("network", "bridge", "ethernet")
"""The types of interfaces on which libvirt applies such a filter in full; on `direct` it knows no
connections, on `user` and all others nothing."""


class NwFilters:
    """The `PolicyBackend` of libvirt's hosts."""

    async def state(self, host: Host, policy: Policy, held: Collection[str]) -> HostPolicyState:
        there = await _found(host, policy)
        if there is None:
            missing = f"It has no filter {shown(policy.filter_name)}."
            return HostPolicyState(PolicyState.NOT_APPLIED, missing)
        if there.owner != policy.owner:
            return HostPolicyState(PolicyState.ERROR, str(_not_ours(host, policy, there)))
        if not there.says(policy):
            return HostPolicyState(PolicyState.DRIFTED, "Its filter says something else.")
        return await _enforced(host, policy, held)

    async def apply(self, host: Host, policy: Policy, held: Collection[str]) -> Applied:
        changed = await _defined(host, policy)
        return Applied(await _enforced(host, policy, held), changed)

    async def ready(self, host: Host, policy: Policy) -> bool:
        if why := await host.why_not_enforced():
            raise Failed(f"Host {host.address.name}: {why}", _LET_IT)
        return await _defined(host, policy)


_LET_IT = "As root there: sysctl -w net.bridge.bridge-nf-call-iptables=1"


async def _found(host: Host, policy: Policy) -> Found | None:
    xml = await host.filter_document(policy.filter_name)
    return found(xml) if xml else None


async def _defined(host: Host, policy: Policy) -> bool:
    """Have the host's filter say what the policy does; whether it had to be told."""
    there = await _found(host, policy)
    if there and there.owner != policy.owner:
        raise _not_ours(host, policy, there)
    if there and there.says(policy):
        return False
    try:
        await host.define_filter(document(policy, there.uuid if there else ""))
    except Failed:
        # Another console may have been quicker, and its filter has another UUID.
        again = await _found(host, policy)
        if not again or not again.says(policy):
            raise
    return True


async def _enforced(host: Host, policy: Policy, held: Collection[str]) -> HostPolicyState:
    """How it stands where the filter is there as it should be."""
    if why := await host.why_not_enforced():
        return HostPolicyState(PolicyState.ERROR, f"{why} {_LET_IT}")
    unfiltered = tuple(_unfiltered(await host.ports(), policy, held))
    if unfiltered:
        many = f"{len(unfiltered)} VMs are" if len(unfiltered) > 1 else "1 VM is"
        said = f"{many} not held by it."
        return HostPolicyState(PolicyState.NOT_APPLIED, said, unfiltered)
    return HostPolicyState(PolicyState.IN_SYNC)


def _unfiltered(ports: Iterable[PortSeen], policy: Policy, held: Collection[str]) -> Iterator[str]:
    for port in ports:
        if port.vm_id in held and (why := _why_free(port, policy)):
            yield f"{shown(port.title or port.name)} {why}"


def _why_free(port: PortSeen, policy: Policy) -> str:
    if port.kind not in FILTERABLE:
        return f"has an interface of type {shown(port.kind)}, which libvirt cannot filter"
    if port.network_filter != policy.filter_name:
        other = f"filter {shown(port.network_filter)}" if port.network_filter else "no filter"
        return f"has {other}: it was started before, or by others"
    return ""


def _not_ours(host: Host, policy: Policy, there: Found) -> Failed:
    owner = there.owner
    whose = f"realm {shown(owner.partition(' ')[0])} of another enclave" if owner else "others"
    if owner.partition(" ")[2] == policy.owner.partition(" ")[2]:
        whose = f"realm {shown(owner.partition(' ')[0])}"
    return Failed(
        f"Host {host.address.name}: the filter {shown(policy.filter_name)} there belongs to "
        f"{whose}.",
        "Give the realm a network_filter of another name in the configuration; or, where nobody "
        f"uses it any more: virsh nwfilter-undefine {shown(policy.filter_name)} on that host.",
    )


NWFILTERS = NwFilters()


def cannot(host: Host) -> str:
    """Why a host cannot filter at all, as a sentence; '' where it can."""
    return host.why_not(Ability.FILTERS)
