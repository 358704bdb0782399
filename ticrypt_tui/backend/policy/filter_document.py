"""A policy as one network filter of libvirt's (https://libvirt.org/formatnwfilter.html).

Two layers, which a packet has to pass both. On frames: a VM sends from its own MAC address and from
the IPv4 address that it was given, asks for that address by broadcast alone, and everything that is
not IPv4, ARP or, where the list has such an address, IPv6 is dropped: VLAN tags, RARP, STP too.
On packets, with the kernel's tracking of connections: a VM may open connections to what is listed;
only answers come back, and nothing else passes. A connection is looked at packet by packet, so that
one to an entry that is gone ends at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Network, ip_network

from lxml import etree
from lxml.builder import E

from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.backend.policy.merging import Network, merged, written
from ticrypt_tui.backend.policy.policy import Allowed, Policy, Transport

DNS_PORT = 53
_MARK = "ticrypt-tui: realm "
_DNS, _LISTED = "400", "500"  # priorities, by which the two are told apart when read back
_BROADCAST = "255.255.255.255"
_ASKING = {"srcportstart": "68", "dstportstart": "67"}
_ANSWERING = {"srcportstart": "67", "dstportstart": "68"}
_ROUTER_SAYS = "134"
_NEIGHBOURS = ("133", _ROUTER_SAYS, "135", "136", "143")  # RFC 4861, RFC 3810
_OWN_WIRE = (IPv6Network("fe80::/10"), IPv6Network("ff02::/16"))

Rule = etree._Element


@dataclass(frozen=True, slots=True)
class Found:
    """A filter that a host has: whose it is, '' for one that was not generated here; its UUID."""

    xml: str
    owner: str
    uuid: str

    def says(self, policy: Policy) -> bool:
        """Whether it enforces that policy, and nothing else, however it is written."""
        wanted = document(policy, self.uuid)
        if self.xml.count("<rule") != wanted.count("<rule"):
            return False
        return _plain(self.xml) == _plain(wanted) or _canonical(self.xml) == _canonical(wanted)


def found(xml: str) -> Found:
    """What is known of a filter by its XML. Raises `Failed` for what is none."""
    root = _root(xml)
    comments = (each.get("comment", "") for each in root.iterfind("rule/all"))
    owner = next((each for each in comments if each.startswith(_MARK)), "")
    uuid = (root.findtext("uuid") or "").strip()
    return Found(xml, owner.removeprefix(_MARK), uuid)


def document(policy: Policy, uuid: str = "") -> str:
    """The filter's XML; `uuid` is that of the filter of this name that the host has, if any."""
    root = E.filter(
        *([E.uuid(uuid)] if uuid else []),
        _rule("drop", "inout", "1000", E.all(comment=f"{_MARK}{policy.owner}")),
        name=policy.filter_name,
        chain="root",
    )
    last = "</filter>"
    whole = str(etree.tostring(root, encoding="unicode", pretty_print=True)).rstrip()
    return f"{whole.removesuffix(last)}{_rules(policy.allowed, policy.dns)}{last}\n"


def read_back(xml: str) -> Policy:
    """The policy that a generated filter enforces, merged as `document` does."""
    root, owner = _root(xml), found(xml).owner
    rules: dict[str, list[Allowed]] = {_DNS: [], _LISTED: []}
    for rule in root.iterfind("rule"):
        if rule.get("priority") in rules and rule.get("action") == "accept":
            rules[rule.get("priority", "")] += (_allowed(each) for each in rule)
    return Policy(
        realm_id=owner.partition(" ")[0],
        owner=owner,
        filter_name=root.get("name", ""),
        allowed=merged(rules[_LISTED]),
        dns=tuple(each.address for each in merged(rules[_DNS]) if each.protocol == "udp"),
    )


@lru_cache(maxsize=16)
def _rules(allowed: tuple[Allowed, ...], dns: tuple[str, ...]) -> str:
    """The rules of a list, which are the same in every realm that has the same resolvers."""
    table, resolvers = merged(allowed), merged(_resolving(dns))
    networks = {ip_network(each.address) for each in (*table, *resolvers)}
    six = sorted(each for each in networks if isinstance(each, IPv6Network))
    rules = (
        *_frames(),
        *(_frames_of_ipv6(six) if six else ()),
        _rule("drop", "inout", "-900", E.mac()),
        *_asking_for_an_address(),
        *(_neighbours() if six else ()),
        *(rule for each in resolvers for rule in _reaching(each, _DNS)),
        *(rule for each in table for rule in _reaching(each, _LISTED)),
        _rule("drop", "inout", "1000", E("all-ipv6")),
    )
    return "".join(f"  {etree.tostring(each, encoding='unicode')}\n" for each in rules)


def _frames() -> Iterator[Rule]:
    yield _rule("drop", "out", "-990", E.mac(match="no", srcmacaddr="$MAC"))
    yield _rule("drop", "out", "-980", E.arp(match="no", arpsrcmacaddr="$MAC"))
    yield _rule("accept", "out", "-970", E.arp(arpsrcipaddr="$IP"))
    yield _rule("accept", "out", "-970", E.arp(arpsrcipaddr="0.0.0.0"))
    yield _rule("accept", "in", "-970", E.arp())
    for source in ("0.0.0.0", "$IP"):
        asks = E.ip(srcipaddr=source, dstipaddr=_BROADCAST, protocol="udp", **_ASKING)
        yield _rule("accept", "out", "-960", asks)
    yield _rule("drop", "out", "-955", E.ip(protocol="udp", **_ASKING))
    yield _rule("accept", "in", "-960", E.ip(protocol="udp", **_ANSWERING))
    yield _rule("accept", "out", "-950", E.ip(srcipaddr="$IP"))
    yield _rule("accept", "in", "-950", E.ip(dstipaddr="$IP"))


def _frames_of_ipv6(listed: Iterable[IPv6Network]) -> Iterator[Rule]:
    """IPv6, where something of it is listed: to that, and on the VM's own wire to find the way.

    A VM is no router. Its own IPv6 addresses are not known to libvirt, which learns none.
    """
    yield _rule("drop", "out", "-940", E.ipv6(protocol="icmpv6", type=_ROUTER_SAYS))
    for network in (*_OWN_WIRE, *listed):
        yield _rule("accept", "out", "-930", E.ipv6(**_where(network)))
    yield _rule("accept", "in", "-930", E.ipv6())


def _asking_for_an_address() -> Iterator[Rule]:
    """DHCP as a client; libvirt turns each of them round for the other direction."""
    yield _rule("accept", "out", "100", E.udp(dstipaddr=_BROADCAST, **_ASKING), stateful=False)
    yield _rule("accept", "in", "100", E.udp(**_ANSWERING), stateful=False)


def _neighbours() -> Iterator[Rule]:
    for kind in _NEIGHBOURS:  # libvirt makes nothing of `inout` here
        for direction in ("in", "out"):
            yield _rule("accept", direction, "100", E.icmpv6(type=kind), stateful=False)


def _resolving(dns: Iterable[str]) -> Iterator[Allowed]:
    for address in dns:
        yield Allowed(address, "udp", ((DNS_PORT, DNS_PORT),))
        yield Allowed(address, "tcp", ((DNS_PORT, DNS_PORT),))


def _reaching(each: Allowed, priority: str) -> Iterator[Rule]:
    network = ip_network(each.address)
    kind = each.protocol if network.version == 4 else f"{each.protocol}-ipv6"
    for first, last in each.ports:
        ports = {"dstportstart": str(first)}
        if last > first:
            ports["dstportend"] = str(last)
        yield _rule("accept", "out", priority, E(kind, **_where(network), **ports))


def _where(network: Network) -> dict[str, str]:
    where = {"dstipaddr": str(network.network_address)}
    if network.prefixlen < network.max_prefixlen:
        where["dstipmask"] = str(network.prefixlen)
    return where


def _rule(action: str, direction: str, priority: str, what: Rule, *, stateful: bool = True) -> Rule:
    said = {"action": action, "direction": direction, "priority": priority}
    if not stateful:
        said["statematch"] = "false"
    return E.rule(what, **said)


def _allowed(part: Rule) -> Allowed:
    address = part.get("dstipaddr", "") + (f"/{mask}" if (mask := part.get("dstipmask")) else "")
    first = int(part.get("dstportstart", "1"))
    transport: Transport = "udp" if str(part.tag).startswith("udp") else "tcp"
    ports = ((first, int(part.get("dstportend", first))),)
    return Allowed(written(ip_network(address)), transport, ports)


def _plain(xml: str) -> str:
    """A document however it is quoted and laid out: quickly compared."""
    return "".join(xml.replace('"', "'").split())


def _canonical(xml: str) -> list[tuple[object, ...]]:
    """What the order of attributes and of equal rules does not change."""
    root = _root(xml)
    head = (root.get("name"), root.get("chain", "root"))
    return [head, *sorted(_said(each) for each in root if each.tag != "uuid")]


def _said(part: Rule) -> tuple[object, ...]:
    inside = tuple(_said(each) for each in part)
    return str(part.tag), tuple(sorted(part.attrib.items())), inside


def _root(xml: str) -> Rule:
    try:
        return etree.fromstring(xml)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Failed(f"The network filter's XML cannot be read: {error}.") from None
