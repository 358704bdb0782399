"""The operator's own key while it is unlocked: for as long as it is used, and some minutes more."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path

from ticrypt_tui.backend.drives import key_file
from ticrypt_tui.backend.drives.age_passphrase import WORK_FACTOR
from ticrypt_tui.backend.drives.identity import Identity, PublicKeys, short
from ticrypt_tui.backend.drives.key_file import KeyRefused, NoKey, no_key
from ticrypt_tui.backend.drives.pins import Pins
from ticrypt_tui.backend.drives.zeroing import protect_process
from ticrypt_tui.backend.errors import KeyLocked, Refused

SHORTEST_PASSPHRASE = 8


def refuse_short(passphrase: str) -> None:
    """Raise `Refused` for a passphrase that is too short."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise Refused(f"A passphrase has at least {SHORTEST_PASSPHRASE} characters.")


class KeyRing:
    """The key in one folder; forgets it after `memory` without use."""

    def __init__(self, folder: Path, memory: timedelta) -> None:
        self.folder = folder
        self.memory = memory
        self._identity: Identity | None = None
        self._used = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def file(self) -> Path:
        """The key file."""
        return self.folder / "identity.age"

    @property
    def there(self) -> bool:
        """Whether there is a key file."""
        return self.file.exists()

    @property
    def locked(self) -> bool:
        """Whether a passphrase is needed (also where there is no key yet)."""
        self._forget_old()
        return self._identity is None

    @property
    def public(self) -> PublicKeys:
        """The operator's public keys, unlocked or not; raises `NoKey` or `KeyRefused`."""
        return self._identity.public if self._identity else key_file.public_of(self.file)

    @property
    def pins(self) -> Pins:
        """The pin file, for an unlocked key or not; raises `NoKey` or `KeyRefused`."""
        return Pins(self.folder / "pins.json", self.public.fingerprint)

    async def create(self, passphrase: str, work_factor: int = WORK_FACTOR) -> PublicKeys:
        """Make a new key and its pin file, and keep it unlocked; raises `Refused` or `Failed`.

        A key that was put aside before hands its pins over.
        """
        refuse_short(passphrase)
        identity = Identity.new()
        await asyncio.to_thread(key_file.write_new, self.file, identity, passphrase, work_factor)
        self._keep(identity)
        self.pins.take_over()
        return identity.public

    async def unlock(self, passphrase: str) -> None:
        """Unlock the key, which takes a second; raises `NoKey` or `KeyRefused`."""
        self._keep(await asyncio.to_thread(key_file.read, self.file, passphrase))

    def identity(self) -> Identity:
        """The unlocked key, from any thread, which is a use; raises `KeyLocked` or `NoKey`."""
        self._forget_old()
        if self._identity is None:
            if not self.there:
                raise no_key(self.file)
            raise KeyLocked("Your key is locked.", "Unlock it with its passphrase.")
        self._used = _now()
        return self._identity

    def forget(self) -> None:
        """Forget the key at once."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._identity is not None:
            self._identity.forget()
            self._identity = None

    def put_aside(self) -> Path | None:
        """Rename the key file, for a new one; returns its new name, None where there is none.

        What was seen of others stays. Raises `KeyRefused`, or `PinsLost`.
        """
        if not self.there:
            return None
        public = self.public
        self.pins.check()
        self.forget()
        aside = self.file.with_name(f"identity-{short(public.fingerprint).replace('-…-', '-')}.age")
        self.file.rename(aside)
        self.file.with_suffix(".pub").rename(aside.with_suffix(".pub"))
        return aside

    def _keep(self, identity: Identity) -> None:
        self.forget()
        protect_process()
        self._identity = identity
        self._used = _now()
        self._expire()

    def _expire(self) -> None:
        """Forget an unused key, or look again when it may have become one."""
        self._timer = None
        self._forget_old()
        if self._identity is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(self._left, 0.01), self._expire)

    @property
    def _left(self) -> float:
        """The seconds for which the key is kept where nobody uses it."""
        return self._used + self.memory.total_seconds() - _now()

    def _forget_old(self) -> None:
        """Forget a key that was not used for long; a machine that slept has not run the timer."""
        if self._identity is not None and self._left <= 0:
            self.forget()


def _now() -> float:
    """Seconds that pass also while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


__all__ = ["KeyLocked", "KeyRefused", "KeyRing", "NoKey", "refuse_short"]
