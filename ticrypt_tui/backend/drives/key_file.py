"""The file of a person's secret keys: an age identity file under a passphrase, 0600."""

from __future__ import annotations

from pathlib import Path

from ticrypt_tui.backend.drives.identity import Identity, PublicKeys
from ticrypt_tui.backend.errors import Refused


class KeyRefused(Refused):
    """A key file that does not open, for whatever reason: wrong passphrase, or damaged."""


def write_new(path: Path, identity: Identity, passphrase: str) -> None:
    """Write a new key file; raises `Refused` where there is one, `Failed` where it cannot be.

    Blocks for about a second (scrypt).
    """
    raise NotImplementedError


def read(path: Path, passphrase: str) -> Identity:
    """Open a key file; raises `KeyRefused`, with no hint of what was wrong. Blocks for a second."""
    raise NotImplementedError


def public_of(path: Path) -> PublicKeys:
    """The public keys of a key file, without its passphrase; raises `NoKey` or `KeyRefused`."""
    raise NotImplementedError
