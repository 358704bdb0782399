"""What the generated filter lets through: real packets between network namespaces (50 s)."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.packets import dhcp, frames
from tests.packets.conftest import DNS, LISTED, LOGIN, OTHER, QUIET, Apply
from tests.packets.frames import (
    ARP,
    EVERYBODY,
    IPV4,
    IPV6,
    RARP,
    ROUTER_SAYS,
    VLAN,
    WHO_IS,
    arrived,
    frame,
    neighbourly,
    udp,
)
from tests.packets.lab import Lab, Machine, To, reached
from ticrypt_tui.backend.policy.policy import Allowed

Bind = Callable[..., None]

pytestmark = pytest.mark.slow(seconds=8)


def tcp(address: str, *ports: int) -> Allowed:
    return Allowed(address, "tcp", tuple((port, port) for port in ports))


def to(machine: Machine, port: int, protocol: str = "tcp") -> To:
    return To(machine.address, port, protocol)


async def test_a_vm_reaches_what_is_listed_and_nobody_reaches_it(
    lab: Lab, apply: Apply, bind: Bind
) -> None:
    vm, server, stranger, neighbour = (
        lab[each] for each in ("vm", "server", "stranger", "neighbour")
    )
    await apply(
        tcp(server.address, LISTED, QUIET), Allowed(server.address, "udp", ((OTHER, OTHER),))
    )
    bind(vm)
    allowed = {to(server, LISTED), to(server, OTHER, "udp")}
    others = {
        to(server, OTHER),
        to(server, LISTED, "udp"),
        *(to(each, LISTED, kind) for each in (stranger, neighbour) for kind in ("tcp", "udp")),
        *(to(lab.host, LISTED, kind) for kind in ("tcp", "udp")),
        *(to(each, DNS, kind) for each in (server, stranger) for kind in ("tcp", "udp")),
        To(server.address6, LISTED),
        To(lab.host.address6, LISTED),
    }
    assert reached(vm, allowed, others) == allowed
    free = {to(neighbour, LISTED)}
    from_the_port_that_is_listed = To(vm.address, LOGIN, source=QUIET)
    knocking = {to(vm, LOGIN), to(vm, LOGIN, "udp"), from_the_port_that_is_listed}
    assert reached(server, free, knocking) == free
    assert reached(lab.host, free, {to(vm, LOGIN), to(vm, LOGIN, "udp")}) == free


async def test_a_vm_sends_by_its_own_addresses_and_no_odd_frames(
    lab: Lab, apply: Apply, bind: Bind
) -> None:
    vm, server = lab["vm"], lab["server"]
    await apply(Allowed(server.address, "udp", ((OTHER, OTHER),)))
    bind(vm)
    somebody, mac = "10.77.0.99", "52:54:00:77:00:99"

    def said(name: str, source: str = vm.address) -> bytes:
        return udp(source, server.address, (4000, OTHER), name.encode())

    def asked(name: str, mac: str = vm.mac, address: str = vm.address) -> bytes:
        return frames.arp(mac, address, server.address, name.encode())

    wanted = {
        "own packet": frame(vm.mac, server.mac, IPV4, said("own packet")),
        "own arp": frame(vm.mac, EVERYBODY, ARP, asked("own arp")),
    }
    tried = {
        "other ip": frame(vm.mac, server.mac, IPV4, said("other ip", somebody)),
        "other mac": frame(mac, server.mac, IPV4, said("other mac")),
        "arp of others": frame(vm.mac, EVERYBODY, ARP, asked("arp of others", address=somebody)),
        "arp by others": frame(vm.mac, EVERYBODY, ARP, asked("arp by others", mac=mac)),
        "vlan": frame(vm.mac, server.mac, VLAN, b"\0\1\x08\0" + said("vlan")),
        "rarp": frame(vm.mac, EVERYBODY, RARP, asked("rarp")),
        "stp": frame(vm.mac, "01:80:c2:00:00:00", 0x26, b"\x42\x42\x03" + b"stp" + bytes(35)),
        "dhcp server": frame(
            vm.mac, EVERYBODY, IPV4, udp(vm.address, "255.255.255.255", (67, 68), b"dhcp server")
        ),
        "dhcp tunnel": frame(
            vm.mac, server.mac, IPV4, udp(vm.address, server.address, (68, 67), b"dhcp tunnel")
        ),
        "ipv6": frame(
            vm.mac, EVERYBODY, IPV6, neighbourly(ROUTER_SAYS, "fe80::1", "ff02::1", b"ipv6")
        ),
    }
    assert arrived(vm, server, wanted, tried) == set(wanted)


async def test_a_change_of_the_list_holds_for_connections_that_are_open(
    lab: Lab, apply: Apply, bind: Bind
) -> None:
    vm, server, stranger = (lab[each] for each in ("vm", "server", "stranger"))
    await apply(tcp(server.address, LISTED), tcp(stranger.address, LISTED))
    bind(vm)
    both = {to(server, LISTED), to(stranger, LISTED)}
    assert reached(vm, both, ()) == both
    with _connected(vm, server) as kept:
        assert _answers(kept)
        edited = await apply(tcp(stranger.address, LISTED, OTHER))
        assert edited.changed
        now = {to(stranger, LISTED), to(stranger, OTHER)}
        assert reached(vm, now, {to(server, LISTED)}) == now
        assert not _answers(kept, 1.5)
    assert not (await apply(tcp(stranger.address, LISTED, OTHER))).changed
    await apply()
    assert reached(vm, (), both | now) == set()


async def test_resolvers_are_asked_where_the_realm_names_them(
    lab: Lab, apply: Apply, bind: Bind
) -> None:
    vm, server, stranger = (lab[each] for each in ("vm", "server", "stranger"))
    await apply(dns=(server.address,))
    bind(vm)
    resolver = {to(server, DNS, "udp"), to(server, DNS)}
    assert reached(vm, resolver, {to(stranger, DNS, "udp"), to(server, LISTED)}) == resolver


async def test_ipv6_is_open_to_what_is_listed_of_it(lab: Lab, apply: Apply, bind: Bind) -> None:
    vm, server, stranger = (lab[each] for each in ("vm", "server", "stranger"))
    await apply(tcp(server.address6, LISTED), tcp(server.address, LISTED))
    bind(vm)
    allowed = {To(server.address6, LISTED), to(server, LISTED)}
    others = {To(server.address6, OTHER), To(stranger.address6, LISTED), to(server, OTHER)}
    assert reached(vm, allowed, others) == allowed
    assert reached(server, {To(stranger.address6, LISTED)}, {To(vm.address6, LOGIN)}) == {
        To(stranger.address6, LISTED)
    }
    link = "fe80::10"
    asks = neighbourly(WHO_IS, link, "ff02::1:ff00:12", b"own question")
    says = neighbourly(ROUTER_SAYS, link, "ff02::1", b"router")
    tunnel = neighbourly(WHO_IS, link, "2001:db8::1", b"tunnel")
    everybody = "33:33:00:00:00:01"
    wanted = {"own question": frame(vm.mac, everybody, IPV6, asks)}
    tried = {
        "router": frame(vm.mac, everybody, IPV6, says),
        "tunnel": frame(vm.mac, server.mac, IPV6, tunnel),
    }
    assert arrived(vm, server, wanted, tried) == set(wanted)


async def test_a_long_list_is_merged_and_each_of_its_ends_is_reached(
    lab: Lab, apply: Apply, bind: Bind
) -> None:
    vm, server, stranger = (lab[each] for each in ("vm", "server", "stranger"))
    farm = [tcp(f"198.51.100.{number}", 27000) for number in range(150)]
    ports = [tcp(server.address, LISTED - 48 + number) for number in range(49)]
    await apply(*farm, *ports, tcp(stranger.address, OTHER))
    bind(vm)
    allowed = {to(server, LISTED), to(stranger, OTHER)}
    assert reached(vm, allowed, {to(server, OTHER), to(stranger, LISTED)}) == allowed


def _connected(vm: Machine, server: Machine) -> socket.socket:
    made = vm.made(socket.SOCK_STREAM)
    made.settimeout(60)
    made.connect((server.address, LISTED))
    return made


def _answers(kept: socket.socket, seconds: float = 60) -> bool:
    kept.settimeout(seconds)
    kept.sendall(b"still there?")
    try:
        return bool(kept.recv(64))
    except TimeoutError:
        return False


async def test_a_vm_has_the_address_that_dhcp_gives_it_and_no_other(
    lab: Lab, apply: Apply, bind: Bind, tmp_path: Path
) -> None:
    vm, server, stranger = (lab[each] for each in ("vm", "server", "stranger"))
    await apply(tcp(server.address, LISTED))
    bind(vm, learnt=True, server=stranger.address)
    assert reached(vm, (), {to(server, LISTED), to(stranger, LISTED)}) == set()
    answers = {
        each: frame(server.mac, vm.mac, IPV4, udp(source, vm.address, (67, 68), each.encode()))
        for each, source in (("known", stranger.address), ("unknown", server.address))
    }
    known = {"known": answers.pop("known")}
    assert arrived(server, vm, known, answers) == {"known"}
    with dhcp.serving(stranger, tmp_path):
        dhcp.asked(vm, tmp_path)
    own, other = (To(server.address, LISTED, by=each) for each in (dhcp.GIVEN, vm.address))
    assert reached(vm, {own}, {other}) == {own}
    await apply(tcp(server.address, OTHER))
    edited = To(server.address, OTHER, by=dhcp.GIVEN)
    assert reached(vm, {edited}, {own, replace(edited, by=vm.address)}) == {edited}
    dhcp.forgotten(vm)
