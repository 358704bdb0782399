"""Counting: as many as are listed, and where it can be, without reading what is in the rows."""

from __future__ import annotations

import pytest

from tests.backend.play import PlayHost
from ticrypt_tui.backend.enclave import Enclave

QUICK = (
    "hosts", "profiles", "volumes", "images", "setups", "service", "users", "teams", "projects",
)  # fmt: skip


async def test_as_many_are_counted_as_are_listed(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    host.give_pool()
    await enclave.run("config.start", {"config": config})
    for tab in enclave.tabs:
        assert await enclave.count(tab) == len((await enclave.listing(tab)).rows), tab


@pytest.mark.parametrize("tab", QUICK)
async def test_what_every_admin_sees_is_counted_without_being_read(
    enclave: Enclave, monkeypatch: pytest.MonkeyPatch, tab: str
) -> None:
    number = len((await enclave.listing(tab)).rows)
    monkeypatch.setattr(enclave.services[tab], "rows", None)
    monkeypatch.setattr(enclave.services[tab], "current", None)
    assert await enclave.count(tab) == number
