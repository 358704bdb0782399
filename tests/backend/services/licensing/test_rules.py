"""What a licensing server's address and ports may be, and how they are spelt."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticrypt_tui.backend.policy.merging import joined
from ticrypt_tui.backend.services.licensing.addresses import canonical, too_wide
from ticrypt_tui.backend.services.licensing.rules import port_ranges, written_ports

SPELLINGS = {
    "192.0.2.1": "192.0.2.1",
    " 192.0.2.1/32 ": "192.0.2.1",
    "192.0.2.0/255.255.255.0": "192.0.2.0/24",
    "::ffff:192.0.2.1": "192.0.2.1",
    "::ffff:192.0.2.0/120": "192.0.2.0/24",
    "[2001:DB8:0::1]": "2001:db8::1",
    "2001:db8::/64": "2001:db8::/64",
    "Lic.Example.ORG.": "lic.example.org",
    "lizenz.münchen.example": "lizenz.xn--mnchen-3ya.example",
    "licence": "licence",
}
REFUSED = {
    "0.0.0.0/0": "every address", "::/0": "every address", "0.0.0.0/1": "contains 0.0.0.0/8",
    "126.0.0.0/7": "contains 127.0.0.0/8", "127.0.0.1": "loopback", "::1": "loopback",
    "0.0.0.0": "nobody's", "::": "unspecified", "169.254.1.1": "link-local",
    "fe80::1": "link-local", "224.0.0.1": "multicast", "ff02::1": "multicast",
    "255.255.255.255": "broadcast", "::ffff:127.0.0.1": "loopback", "fe80::1%eth0": "zone",
    "192.0.2.5/24": "one address in 192.0.2.0/24", "192.0.2.0/33": "not a network",
    "300.1.1.1": "not an IP address", "010.0.0.1": "not an IP address",
    "127.1": "not an IP address", "0x7f000001": "not an IP address",
    "2130706433": "not an IP address", "٣.٣.٣.٣": "not an IP address", "*": "wildcard",
    "https://a.example": "URL", "a.example:443": "ports have their own field",
    "-a.example": "neither", "a..b": "neither", "a b": "neither", "\x1b[31m": "neither",
    f"{'a' * 64}.example": "neither", "a." * 200: "neither", "": "neither",
    "127.0.0.1\xad": "127.0.0.1 is loopback", "0\xad": "“0” is not an IP address",
}  # fmt: skip


def test_an_address_has_one_spelling() -> None:
    assert {text: canonical(text) for text in SPELLINGS} == SPELLINGS
    assert [canonical(each) for each in SPELLINGS.values()] == list(SPELLINGS.values())


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_never_let_through_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(REFUSED[text])) as caught:
        canonical(text)
    assert "\x1b" not in str(caught.value)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_refused_and_never_spelt_anew(text: str) -> None:
    try:
        address = canonical(text)
    except ValueError:
        return
    assert canonical(address) == address


def test_only_wide_networks_take_a_second_yes() -> None:
    narrow = ("192.0.2.0/24", "192.0.2.1", "2001:db8::/64", "a.example")
    assert [too_wide(each) for each in narrow] == ["", "", "", ""]
    assert "512 addresses" in too_wide("192.0.2.0/23")
    assert "wider than /64" in too_wide("2001:db8::/63")


@given(st.lists(st.tuples(st.integers(1, 90), st.integers(0, 9)), min_size=1, max_size=12))
def test_ports_are_the_same_once_they_are_merged_written_and_read(
    pairs: list[tuple[int, int]],
) -> None:
    ranges = [(first, first + more) for first, more in pairs]
    read = port_ranges(written_ports(ranges))
    assert read == joined(ranges) == port_ranges(written_ports(read))
    assert _ports(read) == _ports(ranges)
    assert all(one[1] + 1 < other[0] for one, other in pairwise(read))


def _ports(ranges: Iterable[tuple[int, int]]) -> set[int]:
    return {port for first, last in ranges for port in range(first, last + 1)}


@pytest.mark.parametrize(
    "text", ["", ",", "0", "65536", "9" * 5000, "2-1", "1-2-3", "1,,2", "-1", "٣", "http", "1 2"]
)
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"[Pp]orts"):
        port_ranges(text)
