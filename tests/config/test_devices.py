"""Devices as people write them."""

from __future__ import annotations

import pytest

from ticrypt_tui.config.devices import DeviceCount, device, device_count, device_counts, devices


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("A100@0000:41:00.0", "A100@0000:41:00.0"),
        ("A100@41:00.0", "A100@0000:41:00.0"),
        (" Tesla V100 @ 000A:FF:1f.7 ", "Tesla V100@000a:ff:1f.7"),
    ],
)
def test_a_device_is_read_as_the_kernel_writes_its_address(text: str, written: str) -> None:
    assert str(device(text)) == written


@pytest.mark.parametrize(
    "text", ["A100", "@41:00.0", "A100@41:00", "A100@41:20.0", "A100@41:00.8", "A\x1b@41:00.0"]
)
def test_what_is_no_device_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="such as"):
        device(text)


def test_an_address_is_there_once() -> None:
    with pytest.raises(ValueError, match=r"0000:41:00\.0 is there twice"):
        devices(["A100@41:00.0", "U250@0000:41:00.0"])


def test_what_is_asked_for_is_a_kind_and_how_many() -> None:
    assert device_count("A100:2") == DeviceCount("A100", 2)
    assert device_count("10de:20b0:4") == DeviceCount("10de:20b0", 4)
    assert device_count("A100") == DeviceCount("A100", 1)
    assert str(device_count(" A100 : 02 ")) == "A100:2"


@pytest.mark.parametrize(
    "text",
    ["", ":2", "A100:", "A100:0", "A100:-1", "A100:two", "A100:1000", "A@1:1", "a\nb:1", "A100:²"],
)
def test_what_cannot_be_asked_for_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="a kind"):
        device_count(text)


def test_each_kind_is_asked_for_once() -> None:
    assert device_counts(["T4:1", "A100:2"]) == (DeviceCount("A100", 2), DeviceCount("T4", 1))
    with pytest.raises(ValueError, match="each kind once; A100 is there twice"):
        device_counts(["A100:1", "A100:2"])
