"""The demo's own network: behind NAT where the machine can do that, in a subnet that is free."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path

from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.demo.places import Places
from ticrypt_tui.demo.virsh import Libvirt

USER = ""
"""QEMU's own user network, which needs nothing of the machine."""
_ROUTES = Path("/proc/net/route")


async def ensure(libvirt: Libvirt, places: Places) -> str:
    """The name of the demo's network, started if need be; `USER` where there can be none.

    An ordinary user's libvirt has no networks; a container may not be allowed a bridge.
    """
    if not libvirt.system:
        return USER
    if places.network in await libvirt.names("net-list"):
        return places.network
    for document in _documents(places):
        try:
            await libvirt.give("net-create", document=document)
            return places.network
        except Failed:
            continue
    return USER


async def remove(libvirt: Libvirt, places: Places) -> bool:
    """Take the demo's network and its filter away; whether there was a network.

    It is transient: it leaves nothing.
    """
    if not libvirt.system:
        return False
    await libvirt.tried("nwfilter-undefine", places.network)  # where a VM was ever started
    if places.network not in await libvirt.names("net-list"):
        return False
    await libvirt.ask("net-destroy", places.network)
    return True


def _documents(places: Places) -> Iterator[str]:
    """Networks, the best first: behind NAT with DHCP, where dnsmasq is there; else cut off."""
    bridge = f"<name>{places.network}</name><bridge name='{places.bridge}'/><dns enable='no'/>"
    net = free_subnet(_ROUTES.read_text(encoding="ascii"))
    dhcp = f"<dhcp><range start='{net[2]}' end='{net[254]}'/></dhcp>"
    served = dhcp if shutil.which("dnsmasq", path="/usr/local/sbin:/usr/sbin:/usr/bin") else ""
    yield (
        f"<network>{bridge}<forward mode='nat'/>"
        f"<ip address='{net[1]}' netmask='{net.netmask}'>{served}</ip></network>"
    )
    yield f"<network>{bridge}</network>"


def free_subnet(routes: str) -> IPv4Network:
    """The first subnet of 192.168.213.0/24 and up to which the kernel's routing table has no route.

    `routes` is /proc/net/route: addresses as little-endian hexadecimal numbers.
    """
    rows = [line.split() for line in routes.splitlines()[1:]]
    routed = [_network(row[1], row[7]) for row in rows if row[1] != "00000000"]
    candidates = (IPv4Network(f"192.168.{number}.0/24") for number in range(213, 255))
    return next(
        (each for each in candidates if not any(each.overlaps(other) for other in routed)),
        IPv4Network("10.213.0.0/24"),
    )


def _network(address: str, mask: str) -> IPv4Network:
    bits = int.from_bytes(bytes.fromhex(mask), "little").bit_count()
    return IPv4Network((int.from_bytes(bytes.fromhex(address), "little"), bits), strict=False)
