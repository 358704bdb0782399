"""Devices as people write them."""

from __future__ import annotations

import pytest

from ticrypt_tui.config.devices import device, devices


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
