"""The operator's own key: its passphrase is asked for when something is done that takes the key."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from ticrypt_tui.backend.errors import KeyLocked, TicryptError
from ticrypt_tui.screens.messages import Tone

if TYPE_CHECKING:
    from textual.app import App

    from ticrypt_tui.screens.console import Console


async def unlocked(app: App[Any], console: Console) -> bool:
    """Whether the key can be used now, after its passphrase was asked for where it was locked.

    Who has no key is told how to make one.
    """
    assert console.enclave is not None
    keys = console.enclave.keys
    if not keys.locked:
        return True
    try:
        fingerprint = keys.public.fingerprint
    except TicryptError as error:
        await _refuse(app, console, error)
        return False
    from ticrypt_tui.screens.dialogs.passphrase import Passphrase

    return bool(await app.push_screen_wait(Passphrase(keys, fingerprint, console)))


class WithKey:
    """Runs what takes the key, once or for many objects; asks for one that was forgotten meanwhile.

    An operation takes the key before it changes anything, and can so be run again. Who leaves the
    question is not asked once more.
    """

    def __init__(self, app: App[Any], console: Console) -> None:
        self._app, self._console = app, console
        self._asking, self._left = asyncio.Lock(), False

    async def run(self, operation: Callable[[], Awaitable[Any]]) -> Any:
        """What comes of an operation. Raises a `TicryptError`."""
        while True:
            try:
                return await operation()
            except KeyLocked:
                if not await self._unlocked():
                    raise

    async def _unlocked(self) -> bool:
        async with self._asking:
            self._left = self._left or not await unlocked(self._app, self._console)
        return not self._left


async def _refuse(app: App[Any], console: Console, error: TicryptError) -> None:
    from ticrypt_tui.screens.dialogs.refusal import Refusal

    console.messages.add(Tone.REFUSED, str(error), seen=True)
    refusal = Refusal("Not done: it takes your key", error.sentence, error.remedy, failed=False)
    await app.push_screen_wait(refusal)
