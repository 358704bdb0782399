"""What a licensing server's address may be: an IP address, a network or a host name, in one
spelling; and what is never let through (domain.md 2.14, RFC 6890)."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network

from ticrypt_tui.text import shown

Network = IPv4Network | IPv6Network

LONGEST_NAME = 253
"""Characters of a host name, at most (RFC 1035)."""
NARROW = {4: 24, 6: 64}
"""The shortest prefix of a network, by IP version, that is let through without a second yes."""
_NEVER = tuple(
    (ip_network(network), what)
    for network, what in (
        ("0.0.0.0/8", "“this network”, which is nobody's address"),
        ("127.0.0.0/8", "loopback: the VM itself"),
        ("169.254.0.0/16", "link-local: whatever is on the VM's own wire"),
        ("224.0.0.0/4", "multicast: not one server"),
        ("240.0.0.0/4", "reserved or broadcast: not one server"),
        ("::/128", "unspecified: nobody's address"),
        ("::1/128", "loopback: the VM itself"),
        ("fe80::/10", "link-local: whatever is on the VM's own wire"),
        ("ff00::/8", "multicast: not one server"),
    )
)
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_HELP = "Give an IP address, a network such as 192.0.2.0/28, or a host name"


def canonical(text: str) -> str:
    """An address, a network or a host name in its one spelling.

    An IPv4 address within IPv6 is the IPv4 address, a network of one address is that address, and
    a host name is in lower case, as DNS has it. Raises `ValueError` with what is wrong.
    """
    said = text.strip()
    if "*" in said or "?" in said:
        raise ValueError(f"{_quoted(said)} is a wildcard; rules hold addresses. {_HELP}, of each.")
    if "://" in said or "@" in said:
        raise ValueError(f"{_quoted(said)} is a URL. {_HELP} alone; ports have their own field.")
    found = _network(said)
    if found is None:
        name = _host_name(said)
        return name if name == said else canonical(name)  # IDNA drops what may hide an address
    if reason := forbidden(found):
        raise ValueError(reason)
    return written(found)


def network_of(address: str) -> Network | None:
    """The network that a canonical address is, of one address at least; None for a host name."""
    try:
        return ip_network(address)
    except ValueError:
        return None


def written(network: Network) -> str:
    """A network in its one spelling: of one address, that address."""
    single = network.prefixlen == network.max_prefixlen
    return str(network.network_address) if single else str(network)


def forbidden(network: Network) -> str:
    """Why a network is never let through, or ''."""
    if network.prefixlen == 0:
        return f"{network} is every address there is: nothing would be held back. Name the servers."
    for never, what in _NEVER:
        if never.version == network.version and never.overlaps(network):
            which = "is" if network.prefixlen >= never.prefixlen else f"contains {never}, which is"
            return f"{written(network)} {which} {what}. {_HELP} of the server itself."
    return ""


def too_wide(address: str) -> str:
    """Why a canonical address takes a second yes, or ''."""
    network = network_of(address)
    if network is None or network.prefixlen >= NARROW[network.version]:
        return ""
    number = f"{network.num_addresses:,}" if network.version == 4 else "countless"
    return (
        f"{network} is wider than /{NARROW[network.version]}: VMs may then send data to each of "
        f"its {number} addresses. A narrower network, or the servers one by one, would be safer."
    )


def _network(text: str) -> Network | None:
    """The network that a text spells; None where it is no address at all."""
    plain = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if "%" in plain:
        raise ValueError(f"{_quoted(text)} has a zone, which means something on one host only.")
    try:
        return _as_ipv4(ip_network(plain))
    except ValueError:
        _explain(plain)
    return None


def _explain(text: str) -> None:
    """Raise `ValueError` for what was meant as an IP address or network and is none."""
    if "/" in text and (network := _around(text)) is not None:
        raise ValueError(f"{_quoted(text)} is one address in {network}: write one or the other.")
    if "/" in text:
        raise ValueError(f"{_quoted(text)} is not a network. {_HELP}.")
    if ":" in text:
        raise ValueError(f"{_quoted(text)} is not an IPv6 address; ports have their own field.")
    last = text.rstrip(".").rpartition(".")[2]
    if last.isdigit() or re.fullmatch(r"0[xX][0-9a-fA-F]*", last):
        raise ValueError(f"{_quoted(text)} is not an IP address: four numbers, 0 to 255, and dots.")


def _as_ipv4(network: Network) -> Network:
    if isinstance(network, IPv4Network):
        return network
    inside = network.network_address.ipv4_mapped
    if inside is None or network.prefixlen < 96:
        return network
    return IPv4Network((int(inside), network.prefixlen - 96))


def _host_name(text: str) -> str:
    name = text.removesuffix(".").lower()
    try:
        name = name if name.isascii() else name.encode("idna").decode()
    except UnicodeError:
        raise ValueError(f"{_quoted(text)} is no host name that DNS can hold. {_HELP}.") from None
    if len(name) > LONGEST_NAME or not all(map(_LABEL.fullmatch, name.split("."))):
        raise ValueError(f"{_quoted(text)} is neither an address nor a host name. {_HELP}.")
    return name


def _around(text: str) -> Network | None:
    """The network that an address with a prefix is in."""
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _quoted(text: str) -> str:
    return f"“{shown(text[:100])}”"
