"""How a VM's screen looks in the terminal, small and large.

After a change that is meant, `make test ARGS="tests/screens/test_pictures_of_guests.py
--snapshot-update"` keeps the new pictures; look at them first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.screens.driving import still, until
from tests.screens.fake_guest import FakeGuest
from tests.screens.test_guest_screens import PREFIX, GuestApp, _nothing_passes  # noqa: F401
from ticrypt_tui.config import theme

SMALL, LARGE = (80, 24), (160, 45)
Compare = Callable[..., bool]


def coloured() -> FakeGuest:
    """A shell's screen with colours, with a logo among its text."""
    guest = FakeGuest()
    guest.write(10, 0, "bin  ", foreground=0x5555FF)
    guest.write(10, 5, "init  ", foreground=0x55FF55)
    guest.write(10, 11, "later", foreground=0x000000, background=0x00AA00)
    guest.write(11, 0, "/ # ")
    return guest


def ended() -> FakeGuest:
    guest = coloured()
    guest.ended, guest.notice = (
        True,
        (
            "The VM has ended: powered off by guest. This is the last picture of its screen, which "
            "stays readable until it is closed."
        ),
    )
    return guest


def view_only() -> FakeGuest:
    guest = coloured()
    guest.view_only = True
    return guest


def drawn() -> FakeGuest:
    guest = FakeGuest()
    guest.picture(768, 1024)
    return guest


def after(guest: FakeGuest, *keys: str) -> Callable[[Pilot[Any]], Awaitable[None]]:
    async def done(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: guest.watched, "watching")
        await pilot.press(*keys)
        await still(pilot)

    return done


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x45"])
@pytest.mark.parametrize(
    ("make", "keys"),
    [
        pytest.param(coloured, (), id="text"),
        pytest.param(coloured, (PREFIX,), id="menu"),
        pytest.param(
            coloured, (PREFIX, "slash", *"inet", "enter", PREFIX, "c", "space", "up"), id="marked"
        ),
        pytest.param(view_only, ("x",), id="view-only"),
        pytest.param(ended, (), id="ended"),
        pytest.param(drawn, (), id="picture"),
        pytest.param(drawn, (PREFIX, "b", PREFIX, "equals_sign"), id="zoomed"),
    ],
)
def test_it_looks_as_it_did(
    snap_compare: Compare,
    size: tuple[int, int],
    make: Callable[[], FakeGuest],
    keys: tuple[str, ...],
) -> None:
    guest = make()
    app = GuestApp(guest)
    for each in theme.THEMES:
        app.register_theme(each)
    app.theme = theme.THEMES[0].name
    assert snap_compare(app, terminal_size=size, run_before=after(guest, *keys))
