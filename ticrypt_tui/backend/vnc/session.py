"""One open screen of one VM: followed, read, and typed at, for as long as it is open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from ticrypt_tui.backend.errors import Failed, Refused
from ticrypt_tui.backend.vnc.framebuffer import Framebuffer, Rect
from ticrypt_tui.backend.vnc.keyboard import typist
from ticrypt_tui.backend.vnc.keyboard.layouts import LAYOUTS
from ticrypt_tui.backend.vnc.keyboard.menu import COMBINATIONS
from ticrypt_tui.backend.vnc.keyboard.strokes import stroke_of_key
from ticrypt_tui.backend.vnc.pursuit import Pursuit
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ticrypt_tui.backend.vnc.client import Client, Cursor
    from ticrypt_tui.backend.vnc.recognition.reader import TextScreen

Told = Callable[[Sequence[Rect]], None]

VIEW_ONLY = "The screen is open for viewing only: let keys through first."


class Keeper(Protocol):
    """Who opened the screen: he lets things happen there, and keeps a record of it."""

    async def press(self, screen: GuestScreen, combination: str) -> None:
        """Have `strike` called, if the caller may; raises a `TicryptError`."""

    async def set_view_only(self, screen: GuestScreen, on: bool) -> None:
        """Have `switch` called, if the caller may; raises a `TicryptError`."""

    async def closed(self, screen: GuestScreen) -> None:
        """The screen was closed by who looked at it."""

    def chose_layout(self, screen: GuestScreen, name: str) -> None:
        """Keep a VM's keyboard layout for the next time."""


class GuestScreen:
    """What `vm.open_vnc` gives: the picture and the text of a VM's screen, and its keyboard.

    After every change the subscribers are told which parts of the picture changed; where they are
    told of none, something else did: what is to be known of it, or whether it is for viewing only.
    """

    menu: Sequence[str] = COMBINATIONS
    layouts: Sequence[str] = tuple(LAYOUTS)

    def __init__(
        self, pursuit: Pursuit, keeper: Keeper, *, screen_id: str, vm_id: str, title: str
    ) -> None:
        self.id, self.vm_id, self.title = screen_id, vm_id, shown(title)
        self.view_only = False
        self._pursuit, self._keeper = pursuit, keeper
        self._layout = self.layouts[0]
        self._subscribers: list[Told] = []
        self._closed = False
        pursuit.tell = self._tell

    @property
    def sentence(self) -> str:
        """What a command line says of it."""
        return (
            f"The screen of {self.title} is open: {self.width} × {self.height} pixels. "
            "It is shown in the console; vm.screen_text prints what it says."
        )

    @property
    def notice(self) -> str:
        """What must be known of it: that it rebooted, ended, or why nothing comes; or ''."""
        return self._pursuit.notice

    @property
    def awaited(self) -> bool:
        """Whether its first picture has still to come."""
        return self._pursuit.awaited

    @property
    def ended(self) -> bool:
        """Whether nothing comes any more; the last picture stays."""
        return self._pursuit.ended

    @property
    def pixels(self) -> NDArray[np.uint32]:
        """The picture, (height, width) of 0x00RRGGBB, as it is now."""
        return self._picture.pixels

    @property
    def width(self) -> int:
        return self._picture.width

    @property
    def height(self) -> int:
        return self._picture.height

    @property
    def text(self) -> TextScreen | None:
        """The picture read as text; None where it is no text screen."""
        return self._pursuit.text

    @property
    def cursor(self) -> Cursor | None:
        """The guest's mouse pointer, where it draws one apart from its picture."""
        return self._pursuit.cursor

    @property
    def layout(self) -> str:
        """The keyboard layout that the guest is taken to have; raises `KeyError` when set wrong."""
        return self._layout

    @layout.setter
    def layout(self, name: str) -> None:
        self._layout = LAYOUTS[name].name
        self._keeper.chose_layout(self, name)

    def subscribe(self, told: Told) -> Callable[[], None]:
        """Call back after every change; returns what ends it."""
        self._subscribers.append(told)

        def end() -> None:
            if told in self._subscribers:
                self._subscribers.remove(told)

        return end

    def watch(self, visible: bool) -> None:
        """Whether anybody looks: a hidden screen asks its server for nothing."""
        self._pursuit.watch(visible)

    def key(self, key: str, character: str | None) -> bool:
        """Type a key as Textual names it; False where the layout cannot make it."""
        strokes = stroke_of_key(key, character, LAYOUTS[self._layout])
        client = self._pursuit.client
        if client is not None and not self.view_only:
            for stroke in strokes:
                typist.strike(client, stroke.events)
            self._pursuit.acted()
        return bool(strokes)

    def pointer(self, x: int, y: int, buttons: int) -> None:
        """Move the mouse to a pixel; bits of `buttons`: left, middle, right, wheel up, down."""
        if self._pursuit.client is not None and not self.view_only:
            self._pursuit.client.pointer(x, y, buttons)

    async def press(self, combination: str) -> None:
        """Press a combination of the menu; recorded. Raises a `TicryptError`."""
        await self._keeper.press(self, combination)

    def strike(self, combination: str) -> None:
        """Press a combination, unrecorded; raises `Refused` and `Failed`."""
        typist.press(self._typed_at(), combination)
        self._pursuit.acted()

    async def paste(self, text: str) -> str:
        """Type a text; returns what of it could not be typed. Raises `Refused` and `Failed`."""
        hands, layout = _Hands(self), LAYOUTS[self._layout]
        return await typist.type_text(hands, text, layout, self._pursuit.changes)

    async def set_view_only(self, on: bool) -> None:
        """Whether typing and the mouse are kept from the guest; recorded. Raises `TicryptError`."""
        await self._keeper.set_view_only(self, on)

    def switch(self, view_only: bool) -> None:
        """Set whether it is for viewing only, unrecorded."""
        self.view_only = view_only
        self._tell(())

    async def close(self) -> None:
        """Leave the screen; recorded."""
        if not self._closed:
            await self.leave()
            await self._keeper.closed(self)

    async def leave(self, why: str = "") -> None:
        """End it, unrecorded; safe twice."""
        self._closed = True
        await self._pursuit.close(why)

    @property
    def _picture(self) -> Framebuffer:
        return self._pursuit.picture

    def _typed_at(self) -> Client:
        """The session that keys go to; raises `Refused` or `Failed` with why there is none."""
        if self.view_only:
            raise Refused(VIEW_ONLY)
        if self._pursuit.client is None:
            raise Failed(self.notice or "The screen is not connected.")
        return self._pursuit.client

    def _tell(self, changed: Sequence[Rect]) -> None:
        for told in tuple(self._subscribers):
            told(changed)


class _Hands:
    """Types on the screen as it is at each stroke: connected anew, or for viewing only by now."""

    def __init__(self, screen: GuestScreen) -> None:
        self._screen = screen

    def keys(self, events: Iterable[tuple[int, int | None, bool]]) -> None:
        self._screen._typed_at().keys(events)
