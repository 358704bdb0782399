"""One open screen of one VM: followed, read, and typed at, for as long as it is open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ticrypt_tui.backend.vnc.framebuffer import Rect

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ticrypt_tui.backend.vnc.recognition.reader import TextScreen

Told = Callable[[Sequence[Rect]], None]


class GuestScreen:
    """What `vm.open_vnc` gives: the picture and the text of a VM's screen, and its keyboard.

    After every change the subscribers are told which parts of the picture changed; nothing has
    changed but `notice`, `ended`, `view_only` or `text` where they are told of none.
    """

    id: str
    title: str
    vm_id: str
    menu: Sequence[str]
    layouts: Sequence[str]
    layout: str
    notice: str
    ended: bool
    view_only: bool
    width: int
    height: int
    pixels: NDArray[np.uint32]
    text: TextScreen | None

    def subscribe(self, told: Told) -> Callable[[], None]:
        """Call back after every change; returns what ends it."""
        raise NotImplementedError

    def watch(self, visible: bool) -> None:
        """Whether anybody looks: a hidden screen asks its server for nothing."""
        raise NotImplementedError

    def key(self, key: str, character: str | None) -> bool:
        """Type a key as Textual names it; False where it went nowhere."""
        raise NotImplementedError

    def pointer(self, x: int, y: int, buttons: int) -> None:
        """Move the mouse to a pixel; `buttons` has bit 0 left, 1 middle, 2 right, 3 and 4 wheel."""
        raise NotImplementedError

    async def press(self, combination: str) -> None:
        """Press a combination of the menu; recorded. Raises a `TicryptError`."""
        raise NotImplementedError

    async def paste(self, text: str) -> str:
        """Type a text; returns what of it could not be typed. Raises a `TicryptError`."""
        raise NotImplementedError

    async def set_view_only(self, on: bool) -> None:
        """Whether typing and the mouse are kept from the guest; recorded. Raises `TicryptError`."""
        raise NotImplementedError

    async def close(self) -> None:
        """Leave the screen; recorded."""
        raise NotImplementedError
