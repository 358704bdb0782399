"""What this person has seen of others: everyone's public keys, and each drive's newest version.

Kept beside the private keys, out of reach of who can write to the store alone. A key is trusted at
first sight; one that changes later, or a drive that goes back, is refused. Everything here blocks
for a moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from ticrypt_tui.backend.drives.identity import PublicKeys
from ticrypt_tui.backend.errors import Refused


class KeyChanged(Refused):
    """Someone's public key is another than the one seen before."""


class RolledBack(Refused):
    """A drive's versions end before, or differ from, what was seen before."""


class PinsLost(Refused):
    """The pin file is missing, damaged or another key's: nobody is trusted anew without a word."""


class Trust(StrEnum):
    """How a public key compares with what is pinned."""

    NEW = "new"
    PINNED = "pinned"
    VERIFIED = "verified"
    CHANGED = "changed"


class Pins:
    """The pin file of one identity."""

    def __init__(self, path: Path, mark: str) -> None:
        self.path = path
        self.mark = mark

    def trust(self, user_id: str, keys: PublicKeys) -> Trust:
        """How a user's key compares; changes nothing. Raises `PinsLost`."""
        raise NotImplementedError

    def know(self, user_id: str, login: str, keys: PublicKeys) -> Trust:
        """Pin a key at first sight; raises `KeyChanged` with both fingerprints, or `PinsLost`."""
        raise NotImplementedError

    def accept(self, user_id: str, login: str, keys: PublicKeys) -> None:
        """Pin a key that somebody compared, in place of any other; raises `PinsLost`."""
        raise NotImplementedError

    def seen(self, drive_id: str, manifest_hashes: Sequence[str]) -> None:
        """Remember a drive's versions, oldest first (`manifest.hashes`), after `check_chain`.

        Raises `RolledBack` where they do not go on from what was seen before, or `PinsLost`.
        """
        raise NotImplementedError

    def begin(self) -> None:
        """Begin an empty pin file: for a new key, or where a person says that the old is lost."""
        raise NotImplementedError
