"""Frames as a VM may send them that does not keep to its own addresses."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_address

from tests.packets.lab import ANSWERED_WITHIN, BLOCKED_AFTER, Machine

EVERYBODY = "ff:ff:ff:ff:ff:ff"
IPV4, ARP, RARP, VLAN, IPV6 = 0x0800, 0x0806, 0x8035, 0x8100, 0x86DD


def frame(source: str, to: str, kind: int, content: bytes) -> bytes:
    """An Ethernet frame."""
    return _mac(to) + _mac(source) + struct.pack("!H", kind) + content


def udp(source: str, to: str, ports: tuple[int, int], data: bytes) -> bytes:
    """An IPv4 packet with a UDP datagram, which needs no checksum of its own (RFC 768)."""
    datagram = struct.pack("!HHHH", *ports, 8 + len(data), 0) + data
    head = struct.pack(
        "!BBHHHBBH4s4s", 0x45, 0, 20 + len(datagram), 0, 0, 64, socket.IPPROTO_UDP, 0,
        ip_address(source).packed, ip_address(to).packed,
    )  # fmt: skip
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + datagram


def arp(mac: str, address: str, wanted: str, mark: bytes) -> bytes:
    """Who has `wanted`? Asked by that MAC and IP address; the mark is behind what counts."""
    head = struct.pack("!HHBBH", 1, IPV4, 6, 4, 1)
    sender = _mac(mac) + ip_address(address).packed
    return head + sender + bytes(6) + ip_address(wanted).packed + mark


ROUTER_SAYS, WHO_IS = 134, 135


def neighbourly(kind: int, source: str, to: str, mark: bytes) -> bytes:
    """An ICMPv6 packet by which neighbours find each other (RFC 4861)."""
    said = struct.pack("!BBH12x", kind, 0, 0) + mark
    ends = ip_address(source).packed + ip_address(to).packed
    pseudo = ends + struct.pack("!II", len(said), socket.IPPROTO_ICMPV6) + said
    said = said[:2] + struct.pack("!H", checksum(pseudo)) + said[4:]
    return struct.pack("!IHBB", 6 << 28, len(said), socket.IPPROTO_ICMPV6, 255) + ends + said


def checksum(data: bytes) -> int:
    """The Internet's (RFC 1071)."""
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def arrived(
    sender: Machine, receiver: Machine, wanted: Mapping[str, bytes], tried: Mapping[str, bytes]
) -> set[str]:
    """Which of the frames, each with its name in it, come out at the receiver's."""
    found: set[str] = set()
    every = {**wanted, **tried}
    with sender.frames() as out, receiver.frames() as into:
        until = time.monotonic() + ANSWERED_WITHIN
        while not wanted.keys() <= found and time.monotonic() < until:
            found |= _sent(out, into, every)
        until = time.monotonic() + BLOCKED_AFTER
        while found != every.keys() and time.monotonic() < until:
            found |= _sent(out, into, every)
    return found


def _sent(out: socket.socket, into: socket.socket, every: Mapping[str, bytes]) -> set[str]:
    for each in every.values():
        out.send(each)
    time.sleep(0.05)
    seen = b""
    with suppress(BlockingIOError):
        while data := into.recv(1 << 16):
            seen += data
    return {name for name in every if name.encode() in seen}


def _mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))
