"""The filter that is generated: valid, and its table can be read back from it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from lxml import etree

from tests.backend.policy.lists import POLICIES
from tests.schemas import fits
from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.backend.policy.filter_document import document, found, read_back
from ticrypt_tui.backend.policy.merging import merged
from ticrypt_tui.backend.policy.policy import Allowed, Policy

UUID = "8b4c6da5-391d-42f4-aafc-21ce1a5ff36b"
POLICY = Policy("lab", "lab 7f3a", "licensing", (Allowed("192.0.2.7", "tcp", ((1, 9),)),))


@settings(max_examples=40)
@given(POLICIES)
def test_what_is_read_back_from_a_filter_is_the_list(policy: Policy) -> None:
    xml = document(policy, UUID)
    assert fits(xml, "nwfilter")
    assert read_back(xml) == replace(policy, allowed=merged(policy.allowed))
    assert found(xml).says(policy)
    assert (found(xml).owner, found(xml).uuid) == ("lab 7f3a", UUID)


def test_an_empty_list_refers_to_nothing_that_a_port_could_lack() -> None:
    xml = document(replace(POLICY, allowed=()))
    assert fits(xml, "nwfilter")
    variables = {word for word in xml.replace("'", '"').split('"') if word.startswith("$")}
    assert variables == {"$MAC", "$IP"}


def test_a_filter_that_says_more_or_less_is_not_the_same() -> None:
    xml = document(POLICY, UUID)
    more = etree.fromstring(xml)
    more.append(etree.fromstring("<rule action='accept' direction='inout'><all/></rule>"))
    assert not found(etree.tostring(more, encoding="unicode")).says(POLICY)
    less = etree.fromstring(xml)
    less.remove(less[-1])
    assert not found(etree.tostring(less, encoding="unicode")).says(POLICY)
    assert not found(xml).says(replace(POLICY, owner="lab 0000"))
    turned = etree.fromstring(xml)
    turned[:] = reversed(turned)
    assert found(etree.tostring(turned, encoding="unicode")).says(POLICY)


def test_a_filter_of_others_has_no_owner() -> None:
    others = found("<filter name='clean'><rule action='drop' direction='in'><all/></rule></filter>")
    assert (others.owner, others.uuid) == ("", "")
    with pytest.raises(Failed, match="cannot be read"):
        found("<filter")
