"""The operator's own key while it is unlocked: for as long as it is used, and some minutes more."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from ticrypt_tui.backend.drives.identity import Identity, PublicKeys
from ticrypt_tui.backend.drives.pins import Pins
from ticrypt_tui.backend.errors import Refused


class NoKey(Refused):
    """The operator has no key file yet."""


class KeyLocked(Refused):
    """The operator's key is not unlocked: a front end asks for the passphrase and tries again."""


class KeyRing:
    """The key in one folder; forgets it after `memory` without use."""

    def __init__(self, folder: Path, memory: timedelta) -> None:
        self.folder = folder
        self.memory = memory

    @property
    def locked(self) -> bool:
        """Whether a passphrase is needed (also where there is no key yet)."""
        raise NotImplementedError

    @property
    def public(self) -> PublicKeys:
        """The operator's public keys, unlocked or not; raises `NoKey` or `KeyRefused`."""
        raise NotImplementedError

    @property
    def pins(self) -> Pins:
        """The pin file, for an unlocked key or not; raises `NoKey` or `KeyRefused`."""
        raise NotImplementedError

    async def unlock(self, passphrase: str) -> None:
        """Unlock the key, which takes a second; raises `NoKey` or `KeyRefused`."""
        raise NotImplementedError

    def identity(self) -> Identity:
        """The unlocked key, which counts as a use; raises `KeyLocked` or `NoKey`."""
        raise NotImplementedError

    def forget(self) -> None:
        """Forget the key at once."""
        raise NotImplementedError
