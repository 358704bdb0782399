from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path

import pytest

from ticrypt_tui.demo import network
from ticrypt_tui.demo.places import Places
from ticrypt_tui.demo.virsh import Libvirt

HEAD = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"


def route(destination: str, mask: str) -> str:
    return f"eth0\t{destination}\t00000000\t0001\t0\t0\t0\t{mask}\t0\t0\t0\n"


def test_the_first_subnet_is_taken_where_nothing_is_routed_to_it() -> None:
    routes = HEAD + route("00000000", "00000000") + route("0001A8C0", "00FFFFFF")

    assert network.free_subnet(routes) == IPv4Network("192.168.213.0/24")


def test_a_subnet_that_is_routed_is_passed_over() -> None:
    assert network.free_subnet(HEAD + route("00D5A8C0", "00FFFFFF")) == (
        IPv4Network("192.168.214.0/24")
    )


def test_where_all_of_them_are_routed_another_range_is_taken() -> None:
    assert network.free_subnet(HEAD + route("0000A8C0", "0000FFFF")) == (
        IPv4Network("10.213.0.0/24")
    )


async def test_the_network_is_made_once_and_leaves_nothing(
    libvirtd: Libvirt, tmp_path: Path
) -> None:
    if not libvirtd.system:
        pytest.skip("an ordinary user's libvirt has no networks")
    places = Places(tmp_path)
    try:
        assert await network.ensure(libvirtd, places) == places.network
        assert await network.ensure(libvirtd, places) == places.network
    finally:
        assert await network.remove(libvirtd, places)

    assert places.network not in await libvirtd.names("net-list")
    assert not await network.remove(libvirtd, places)


async def test_an_ordinary_users_guests_have_qemus_own_network(tmp_path: Path) -> None:
    assert await network.ensure(Libvirt("qemu:///session"), Places(tmp_path)) == network.USER
