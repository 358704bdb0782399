"""Drivers are found by the name that the configuration gives them."""

from __future__ import annotations

import pytest

from ticrypt_tui.backend.drivers import driver
from ticrypt_tui.backend.errors import ConfigurationError


def test_the_libvirt_driver_is_found_by_its_name() -> None:
    assert driver("libvirt").name == "libvirt"


def test_an_unknown_driver_is_refused_with_the_known_ones_listed() -> None:
    with pytest.raises(ConfigurationError, match=r"no driver 'vmware'.*libvirt"):
        driver("vmware")
