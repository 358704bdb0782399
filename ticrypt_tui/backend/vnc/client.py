"""One RFB 3.8 session with the server of a VM's screen (RFC 6143, and rfbproto's extensions)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ticrypt_tui.backend.vnc.access import Access, Dial
from ticrypt_tui.backend.vnc.framebuffer import Framebuffer, Rect

__all__ = ["Access", "Client", "Cursor", "Dial"]


@dataclass(frozen=True, slots=True, eq=False)
class Cursor:
    """The mouse pointer that the guest draws: where in it the point is, and its picture.

    `rgba` has the shape (height, width, 4), in bytes; an alpha is 0 or 255.
    """

    hotspot: tuple[int, int]
    size: tuple[int, int]
    rgba: NDArray[np.uint8]


class Client:
    """A screen that is watched and typed to; it ends by itself, with a sentence."""

    framebuffer: Framebuffer
    name: str
    extended_keys: bool
    cursor: Cursor | None

    @classmethod
    async def connect(cls, dial: Dial, access: Access) -> Client:
        """A session whose handshake is done, within ten seconds.

        Raises `ScreenRefused` where the server wants something else than `access` allows, or says
        no; `ScreenLost` where it is no such server, or falls silent; and what `dial` raises.
        """
        raise NotImplementedError

    async def update(self) -> tuple[Rect, ...]:
        """Asks for what has changed, and returns where, once it is in the framebuffer.

        Waits as long as nothing changes. One question is outstanding at most: who is cancelled
        while he waits gets the same answer when he comes back. A new size shows as one `Rect` of
        the whole. Raises `ScreenLost`, then and ever after, when the session has ended.
        """
        raise NotImplementedError

    def key(self, keysym: int, scancode: int | None, down: bool) -> None:
        """Presses or releases a key: an X11 keysym, and the PC's XT scan code where it is known.

        The scan code is sent where the server takes such (`extended_keys`). An extended one is
        given by 0x80 and its last byte (0xe0 0x1d is 0x9d).
        """
        raise NotImplementedError

    def pointer(self, x: int, y: int, buttons: int) -> None:
        """Moves the pointer; a bit of `buttons` is a button (1 left, 2 middle, 4 right, 8, 16)."""
        raise NotImplementedError

    async def close(self) -> None:
        """Ends the session; safe at any time, and twice."""
        raise NotImplementedError
