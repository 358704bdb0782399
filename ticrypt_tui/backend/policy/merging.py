"""The same list in fewer rules: libvirt runs a few programs for every rule of every VM."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

from ticrypt_tui.backend.policy.policy import Allowed, Ports, Transport

Network = IPv4Network | IPv6Network
_Table = dict[tuple[Transport, Network], set[tuple[int, int]]]


def merged(entries: Iterable[Allowed]) -> tuple[Allowed, ...]:
    """The same addresses and ports, no more and no fewer: each address once for a protocol.

    Ports that touch become one range, networks with the same range become a wider one where they
    fill it, and what a wider network has already is left out. It is sorted.
    """
    return _merged(tuple(entries))


@lru_cache(maxsize=16)
def _merged(entries: tuple[Allowed, ...]) -> tuple[Allowed, ...]:
    table: _Table = defaultdict(set)
    for each in entries:
        table[each.protocol, ip_network(each.address)] |= {*each.ports}
    before = -1
    while len(table) + sum(map(len, table.values())) != before:
        table = {key: {*joined(ports)} for key, ports in table.items()}
        before = len(table) + sum(map(len, table.values()))
        table = _without_covered(_collapsed(table))
    return tuple(
        Allowed(written(network), protocol, joined(ports))
        for (protocol, network), ports in sorted(table.items(), key=_order)
    )


def joined(ranges: Iterable[tuple[int, int]]) -> Ports:
    """The same ports in as few ranges as can be, in their order."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return tuple(found)


def written(network: Network) -> str:
    """A network as a rule has it; one of a single address is that address."""
    single = network.prefixlen == network.max_prefixlen
    return str(network.network_address) if single else str(network)


def _collapsed(table: _Table) -> _Table:
    """For each range of ports, the fewest networks that are the same addresses."""
    by_ports: defaultdict[tuple[Transport, int, tuple[int, int]], list[Network]] = defaultdict(list)
    for (protocol, network), ranges in table.items():
        for ports in ranges:
            by_ports[protocol, network.version, ports].append(network)
    found: _Table = defaultdict(set)
    for (protocol, _, ports), networks in by_ports.items():
        for network in collapse_addresses(networks):  # type: ignore[type-var]
            found[protocol, network].add(ports)
    return found


def _without_covered(table: _Table) -> _Table:
    """Without the ranges that a wider network has for each of its addresses."""
    kept = {}
    for (protocol, network), ranges in table.items():
        wider = _around(table, protocol, network)
        left = {each for each in ranges if not any(_within(each, other) for other in wider)}
        if left:
            kept[protocol, network] = left
    return kept


def _around(
    table: Mapping[tuple[Transport, Network], set[tuple[int, int]]],
    protocol: Transport,
    network: Network,
) -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    while network.prefixlen:
        network = network.supernet()
        found |= table.get((protocol, network), set())
    return found


def _within(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return other[0] <= one[0] and one[1] <= other[1]


def _order(item: tuple[tuple[Transport, Network], object]) -> tuple[int, int, int, str]:
    (protocol, network), _ = item
    return network.version, int(network.network_address), network.prefixlen, protocol
