"""What the console sends while nothing happens: nothing."""

from __future__ import annotations

import pytest

from tests.screens.walker import Walker


@pytest.mark.slow(seconds=8)
@pytest.mark.parametrize("keys", ["", "a", ":aud\r"], ids=["rows", "rows and the dock", "audit"])
def test_an_idle_screen_sends_no_byte(keys: str) -> None:
    walker = Walker("harmless", 160, 45)
    walker.step("", "3 of 3")
    walker.step(keys, "chain ok")
    walker.rest_until_quiet()  # the sidebar counts
    before = len(walker.written)
    walker.rest(3)
    assert len(walker.written) == before
    walker.leave()
