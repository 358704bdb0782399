"""A host's network filters, on the libvirt of this machine."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import libvirt
import pytest
from hypothesis import HealthCheck, given, settings

from tests.backend.policy.lists import POLICIES
from ticrypt_tui.backend.drivers import driver
from ticrypt_tui.backend.drivers.base import Ability, Host, HostAddress
from ticrypt_tui.backend.drivers.libvirt import filters
from ticrypt_tui.backend.errors import Failed, Refused
from ticrypt_tui.backend.policy.filter_document import document, found, read_back
from ticrypt_tui.backend.policy.merging import merged
from ticrypt_tui.backend.policy.policy import Policy
from ticrypt_tui.backend.realm_drivers import SILENT
from ticrypt_tui.demo.virsh import Libvirt

DOMAIN = """
<domain>
  <title>analysis</title>
  <metadata><ticrypt:vm xmlns:ticrypt="https://ticrypt-tui.invalid/xmlns/1">vm-7f3a</ticrypt:vm>
  </metadata>
  <devices>
    <interface type="network"><filterref filter="one"/></interface>
    <interface type="user"/>
  </devices>
</domain>
"""


@pytest.fixture(scope="module")
def connection(libvirtd: Libvirt) -> Iterator[libvirt.virConnect]:
    opened = libvirt.open(libvirtd.uri)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def name(connection: libvirt.virConnect) -> Iterator[str]:
    """The name of a filter, which is gone at the end, and so is one that is called other."""
    name = f"filter-{secrets.token_hex(4)}"
    yield name
    for each in (name, f"{name}-other"):
        with suppress(libvirt.libvirtError):
            connection.nwfilterLookupByName(each).undefine()


def host_at(uri: str) -> Host:
    return driver("libvirt").host(HostAddress("host-1", "lab", "node1", uri), SILENT)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(POLICIES)
def test_libvirt_takes_every_list_and_gives_it_back(
    connection: libvirt.virConnect, name: str, policy: Policy
) -> None:
    wanted = replace(policy, filter_name=name)
    before = filters.filter_document(connection, name)
    filters.define_filter(connection, document(wanted, found(before).uuid if before else ""))
    there = filters.filter_document(connection, name)
    assert found(there).says(wanted)
    assert read_back(there) == replace(wanted, allowed=merged(wanted.allowed))


async def test_a_host_defines_filters_and_says_why_it_does_not(
    libvirtd: Libvirt, name: str
) -> None:
    host = host_at(libvirtd.uri)
    other = f"{name}-other"
    assert await host.filter_document(other) == ""
    await host.define_filter(f"<filter name='{other}' chain='root'/>")
    assert other in await host.filter_document(other)
    with pytest.raises(Failed, match="already exists"):
        await host.define_filter(f"<filter name='{other}' chain='root'/>")
    await host.close()


async def test_who_filters_nothing_says_so() -> None:
    played = host_at("test:///default")
    assert played.why_not(Ability.FILTERS) == "Host node1 is simulated and filters no network."
    with pytest.raises(Refused, match="filters no network"):
        await played.ports()


def test_every_interface_of_a_domain_is_told() -> None:
    one, other = filters.ports_in(DOMAIN, "vm-7f3a", "7f3a")
    assert (one.title, one.vm_id, one.kind, one.network_filter) == (
        "analysis", "vm-7f3a", "network", "one"
    )  # fmt: skip
    assert (other.kind, other.network_filter) == ("user", "")


def test_a_kernel_that_passes_filters_by_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = tmp_path / "bridge-nf-call-iptables"
    monkeypatch.setattr(filters, "_BRIDGED", setting)
    assert filters.passed_by() == ""  # nothing is bridged yet
    for value, told in (("1\n", False), ("0\n", True)):
        setting.write_text(value)
        assert ("nothing holds VMs back" in filters.passed_by()) is told
