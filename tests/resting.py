"""When an app under test is at rest: what a key did is done, however slow the machine is.

Textual's pilot looks at clocks for it, and gives up after a second; on a busy machine keys then
come, and tests look, in the middle of things.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

GLANCE = 0.005
"""Seconds for what is done outside the event loop, such as by a thread."""
SOON = 0.05
"""Seconds within which a timer is waited for; screens are painted and keys are let past by such."""
PATIENCE = 20.0
"""Seconds until an app that never rests is taken as it is."""


async def at_rest(*_: float) -> None:
    """Return once every task of the event loop waits, and for nothing that a timer soon ends."""
    loop: Any = asyncio.get_running_loop()  # only its own queues tell whether it is at rest
    end = loop.time() + PATIENCE
    await asyncio.sleep(GLANCE)
    while loop.time() < end:
        await asyncio.sleep(0)
        moments = [each.when() for each in loop._scheduled if not each.cancelled()]
        wait = min(moments, default=end) - loop.time()
        if not loop._ready and wait > SOON:
            return
        if not loop._ready:
            await asyncio.sleep(max(0, wait))


@pytest.fixture(scope="session", autouse=True)
def _pilots_wait_until_all_rests() -> Iterator[None]:
    """Every `press` and `pause` of a pilot lasts until the app is at rest."""
    with pytest.MonkeyPatch.context() as patch:
        for module in ("textual.app", "textual.pilot"):
            patch.setattr(f"{module}.wait_for_idle", at_rest)
        yield
