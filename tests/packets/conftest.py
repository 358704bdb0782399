"""A lab for a file's tests, and the real way in which its hosts get a list."""

from __future__ import annotations

import os
import secrets
import shutil
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import libvirt
import pytest

from tests.packets.lab import BINDING, Echo, Lab, Machine, built
from ticrypt_tui.backend.drivers import driver
from ticrypt_tui.backend.drivers.base import Host, HostAddress
from ticrypt_tui.backend.policy.nwfilters import NWFILTERS
from ticrypt_tui.backend.policy.policy import Allowed, Applied, Policy
from ticrypt_tui.backend.realm_drivers import SILENT
from ticrypt_tui.demo.virsh import Libvirt

LISTED, OTHER, DNS, LOGIN = 7001, 7002, 53, 2222
QUIET = 7100
"""A port that may be listed, on which nobody answers."""
_BRIDGED = Path("/proc/sys/net/bridge/bridge-nf-call-iptables")

Apply = Callable[..., Awaitable[Applied]]


@pytest.fixture(scope="module")
def connection(libvirtd: Libvirt) -> Iterator[libvirt.virConnect]:
    """The tests' own way to libvirt."""
    opened = libvirt.open(libvirtd.uri)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def lab(connection: libvirt.virConnect) -> Iterator[Lab]:
    """A VM, a neighbour, a licence server and a stranger; all but the VM answer on some ports."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("ip", "iptables", "ebtables"))):
        pytest.skip("network namespaces take root, and filters iproute2, iptables and ebtables")
    with built(("vm", "neighbour", "server", "stranger")) as made:
        if _BRIDGED.exists() and _BRIDGED.read_text().strip() == "0":
            pytest.skip("net.bridge.bridge-nf-call-iptables is 0 here")
        answering = [
            Echo(made["vm"], LOGIN),
            *(Echo(made[each], LISTED, OTHER, DNS) for each in ("server", "stranger", "neighbour")),
            Echo(made.host, LISTED, OTHER),
        ]
        yield made
        for each in answering:
            each.close()


@pytest.fixture(scope="module")
def name() -> str:
    """The name of the realm's filter, which nobody else has."""
    return f"filter-{secrets.token_hex(4)}"


@pytest.fixture
async def host(libvirtd: Libvirt) -> AsyncIterator[Host]:
    """This machine, as the console reaches it."""
    address = HostAddress("host-1", "lab", "node1", libvirtd.uri)
    made = driver("libvirt").host(address, SILENT)
    await made.connect()
    yield made
    await made.close()


@pytest.fixture
def apply(host: Host, name: str) -> Apply:
    """Applies a list: entries, and resolvers."""

    async def applied(*allowed: Allowed, dns: tuple[str, ...] = ()) -> Applied:
        policy = Policy("lab", "lab one", name, allowed, dns)
        return await NWFILTERS.apply(host, policy, ())

    return applied


@pytest.fixture(scope="module")
def bind(connection: libvirt.virConnect, name: str) -> Iterator[Callable[..., None]]:
    """Has libvirt filter a machine's port as that of a VM; of a known address, or by DHCP."""
    bound: dict[str, bool] = {}

    def binding(machine: Machine, *, learnt: bool = False, server: str = "") -> None:
        if bound.get(machine.port) is learnt:
            return
        unbind(machine.port)
        known = {"IP": machine.address}
        if learnt:
            known = {"CTRL_IP_LEARNING": "dhcp", "DHCPSERVER": server}
        said = (f"<parameter name='{each}' value='{value}'/>" for each, value in known.items())
        document = BINDING.format(
            name=machine.namespace, uuid=uuid.uuid4(), port=machine.port, mac=machine.mac,
            filter=name, parameters="".join(said),
        )  # fmt: skip
        connection.nwfilterBindingCreateXML(document)
        bound[machine.port] = learnt

    def unbind(port: str) -> None:
        if port in bound:
            connection.nwfilterBindingLookupByPortDev(port).delete()
            del bound[port]

    yield binding
    for port in tuple(bound):
        with suppress(libvirt.libvirtError):
            unbind(port)
    with suppress(libvirt.libvirtError):
        connection.nwfilterLookupByName(name).undefine()
