"""How a VM's screen that was opened comes to be seen, and is found again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ticrypt_tui.screens.messages import Tone

if TYPE_CHECKING:
    from textual.app import App

    from ticrypt_tui.screens.console import Console
    from ticrypt_tui.screens.guest_screen import GuestScreen
    from ticrypt_tui.screens.guest_screens import GuestScreens

NAME = "guest screens"


async def show_again(app: App[Any], opened: str) -> bool:
    """Go back to the screen that was opened of something; whether there is one."""
    if not app.is_screen_installed(NAME):
        return False
    screens: GuestScreens = app.get_screen(NAME)  # type: ignore[assignment]
    if screens.find(opened):
        await app.push_screen(NAME)
        return True
    return False


async def show(
    app: App[Any], console: Console, guest: GuestScreen, opened: str, *, now: bool
) -> None:
    """Keep a screen that was opened of something, and look at it `now`, or say that it is there."""
    from ticrypt_tui.screens.guest_screens import GuestScreens

    if not app.is_screen_installed(NAME):
        app.install_screen(GuestScreens(console), NAME)
    screens = app.get_screen(NAME)
    assert isinstance(screens, GuestScreens)
    await screens.add(guest, opened)
    if now:
        await app.push_screen(NAME)
    else:
        guest.watch(False)
        said = f"The screen of {guest.title} is open: VNC there goes to it."
        console.messages.add(Tone.NOTE, said)
