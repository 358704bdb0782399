"""Policies on a host by its filters: whose they are, how they stand, and who slips by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.backend.play import PlayHost
from ticrypt_tui.backend.drivers.base import HostAddress
from ticrypt_tui.backend.drivers.filtering import PortSeen
from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.backend.policy.filter_document import document, found
from ticrypt_tui.backend.policy.nwfilters import NWFILTERS
from ticrypt_tui.backend.policy.policy import Allowed, Policy, PolicyState
from ticrypt_tui.backend.realm_drivers import SILENT

NAME, UUID = "ticrypt-licensing", "8b4c6da5-391d-42f4-aafc-21ce1a5ff36b"
POLICY = Policy("lab", "lab 7f3a", NAME, (Allowed("192.0.2.7", "tcp", ((1717, 1717),)),))
EMPTY = replace(POLICY, allowed=())
VM = PortSeen("7f3a", "vm-7f3a", "analysis", "vm-7f3a", "network", NAME)


@pytest.fixture
def host() -> PlayHost:
    return PlayHost(HostAddress("host-1", "lab", "node01", "play://node01"), SILENT)


async def test_a_filter_is_defined_once_and_keeps_its_uuid(host: PlayHost) -> None:
    assert (await NWFILTERS.apply(host, EMPTY, ())).changed
    host.filters[NAME] = document(EMPTY, UUID)  # as libvirt gives it
    assert not (await NWFILTERS.apply(host, EMPTY, ())).changed
    assert (await NWFILTERS.apply(host, POLICY, ())).changed
    assert found(host.filters[NAME]).uuid == UUID
    assert not await NWFILTERS.ready(host, POLICY)
    assert host.asked == [f"define {NAME}"] * 2


async def test_a_host_tells_how_it_stands(host: PlayHost) -> None:
    async def state() -> tuple[PolicyState, str]:
        found = await NWFILTERS.state(host, POLICY, {"vm-7f3a"})
        return found.state, found.detail

    assert await state() == (PolicyState.NOT_APPLIED, f"It has no filter {NAME}.")
    await NWFILTERS.apply(host, EMPTY, ())
    assert (await state())[0] is PolicyState.DRIFTED
    await NWFILTERS.apply(host, POLICY, ())
    assert await state() == (PolicyState.IN_SYNC, "")
    host.passed_by = "net.bridge.bridge-nf-call-iptables is 0: nothing holds VMs back."
    said = await state()
    assert said[0] is PolicyState.ERROR
    assert said[1].endswith("sysctl -w net.bridge.bridge-nf-call-iptables=1")


@pytest.mark.parametrize(
    ("owner", "whose"),
    [
        ("attic 7f3a", "realm attic"),
        ("lab 0000", "realm lab of another enclave"),
        ("", "others"),
    ],
)
async def test_a_filter_of_others_is_left_alone(host: PlayHost, owner: str, whose: str) -> None:
    theirs = document(replace(POLICY, owner=owner), UUID)
    host.filters[NAME] = theirs if owner else f"<filter name='{NAME}' chain='root'/>"
    kept = host.filters[NAME]
    belongs = f"Host node01: the filter {NAME} there belongs to {whose}."
    for ask in (NWFILTERS.apply(host, POLICY, ()), NWFILTERS.ready(host, POLICY)):
        with pytest.raises(Failed) as refused:
            await ask
        assert refused.value.sentence == belongs
        assert "network_filter of another name" in refused.value.remedy
    standing = await NWFILTERS.state(host, POLICY, ())
    assert (standing.state, standing.detail.startswith(belongs)) == (PolicyState.ERROR, True)
    assert host.filters[NAME] == kept


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"kind": "user", "network_filter": ""}, "type user, which libvirt cannot filter"),
        ({"kind": "direct"}, "type direct, which libvirt cannot filter"),
        ({"network_filter": ""}, "has no filter"),
        ({"network_filter": "clean-traffic"}, "has filter clean-traffic"),
    ],
)
async def test_vms_that_slip_by_are_listed(
    host: PlayHost, change: dict[str, str], why: str
) -> None:
    loose = replace(VM, **change)
    service, others = replace(loose, vm_id="vm-5e4f"), replace(loose, vm_id=None)
    host.interfaces = [VM, loose, service, others]
    applied = (await NWFILTERS.apply(host, POLICY, {"vm-7f3a"})).after
    assert (applied.state, applied.detail) == (
        PolicyState.NOT_APPLIED, "1 VM is not held by it."
    )  # fmt: skip
    (said,) = applied.unfiltered
    assert said.startswith("analysis")
    assert why in said


async def test_another_console_may_be_quicker(
    host: PlayHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    def theirs(policy: Policy) -> Callable[[str], object]:
        async def define(xml: str) -> None:
            host.filters[NAME] = document(policy, UUID)
            raise Failed("Host node01: filter with that name exists.")

        return define

    monkeypatch.setattr(host, "define_filter", theirs(POLICY))
    assert (await NWFILTERS.apply(host, POLICY, ())).changed
    host.filters.clear()
    monkeypatch.setattr(host, "define_filter", theirs(EMPTY))
    with pytest.raises(Failed, match="exists"):
        await NWFILTERS.apply(host, POLICY, ())


async def test_a_vm_starts_only_where_the_kernel_heeds_filters(host: PlayHost) -> None:
    host.passed_by = "The kernel passes them by."
    with pytest.raises(Failed, match=r"passes them by.*sysctl"):
        await NWFILTERS.ready(host, POLICY)
