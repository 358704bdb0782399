"""Lists of any kind, for what must hold for all of them."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network

from hypothesis import strategies as st

from ticrypt_tui.backend.policy.merging import joined, written
from ticrypt_tui.backend.policy.policy import Allowed, Policy

ADDRESSES = st.one_of(
    st.tuples(st.integers(2**24, 2**31), st.integers(16, 32)).map(
        lambda pair: written(IPv4Network(pair, strict=False))
    ),
    st.tuples(st.integers(2**125, 2**126 - 1), st.integers(48, 128)).map(
        lambda pair: written(IPv6Network(pair, strict=False))
    ),
)
PORT = st.integers(1, 65535)
PORTS = st.lists(
    st.tuples(PORT, PORT).map(lambda pair: (min(pair), max(pair))), min_size=1, max_size=9
).map(joined)
ENTRIES = st.builds(Allowed, ADDRESSES, st.sampled_from(["tcp", "udp"]), PORTS)
RESOLVERS = st.lists(st.sampled_from(["192.0.2.53", "198.51.100.1", "2001:db8::53"]), unique=True)
POLICIES = st.builds(
    Policy,
    realm_id=st.just("lab"),
    owner=st.just("lab 7f3a"),
    filter_name=st.sampled_from(["ticrypt-licensing", f"f{'x' * 299}"]),
    allowed=st.lists(ENTRIES, max_size=8).map(tuple),
    dns=RESOLVERS.map(lambda found: tuple(sorted(found))),
)
