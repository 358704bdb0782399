"""A list in fewer rules lets through the same as before, to the last port."""

from __future__ import annotations

from ipaddress import ip_network

from hypothesis import given
from hypothesis import strategies as st

from ticrypt_tui.backend.policy.merging import joined, merged
from ticrypt_tui.backend.policy.policy import Allowed

FEW = [
    *(f"192.0.2.{number}" for number in range(5)),
    *("192.0.2.0/31", "192.0.2.0/30", "192.0.2.4/31", "192.0.2.0/24"),
    *("2001:db8::1", "2001:db8::/127", "2001:db8::2/127"),
]
RANGES = st.tuples(st.integers(1, 12), st.integers(0, 5)).map(lambda pair: (pair[0], sum(pair)))
PORTS = st.lists(RANGES, min_size=1, max_size=4).map(joined)
LISTS = st.lists(
    st.builds(Allowed, st.sampled_from(FEW), st.sampled_from(["tcp", "udp"]), PORTS), max_size=12
)


def every(allowed: tuple[Allowed, ...] | list[Allowed]) -> set[tuple[str, str, int]]:
    """Every address and port that is let through, one by one."""
    return {
        (str(address), each.protocol, port)
        for each in allowed
        for address in ip_network(each.address)
        for first, last in each.ports
        for port in range(first, last + 1)
    }


@given(LISTS)
def test_the_same_is_let_through_in_no_more_rules(entries: list[Allowed]) -> None:
    found = merged(entries)
    assert every(found) == every(entries)
    assert sum(len(each.ports) for each in found) <= sum(len(each.ports) for each in entries)
    assert merged(found) == found
    assert merged(reversed(entries)) == found


def test_neighbours_with_the_same_ports_become_one_network() -> None:
    farm = [Allowed(f"192.0.2.{number}", "tcp", ((1, 2), (3, 9))) for number in range(256)]
    assert merged(farm) == (Allowed("192.0.2.0/24", "tcp", ((1, 9),)),)


def test_what_a_wider_network_has_is_left_out() -> None:
    wide = Allowed("192.0.2.0/24", "tcp", ((1, 100),))
    inside = Allowed("192.0.2.7", "tcp", ((5, 50), (200, 200)))
    assert merged([inside, wide]) == (wide, Allowed("192.0.2.7", "tcp", ((200, 200),)))
