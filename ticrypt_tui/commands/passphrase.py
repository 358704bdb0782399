"""Asking for a passphrase: on the terminal, or from a file descriptor; never from an argument."""

from __future__ import annotations

import getpass
import os
import sys

from ticrypt_tui.backend.errors import WrongUse

_LONGEST = 4096


def new_passphrase(descriptor: int | None = None) -> str:
    """A new passphrase, typed twice; raises `WrongUse`, or `Refused` for a short one."""
    from ticrypt_tui.backend.drives.key_ring import refuse_short

    passphrase = _typed() if descriptor is None else _read(descriptor)
    refuse_short(passphrase)
    return passphrase


def own_passphrase(descriptor: int | None = None) -> str:
    """The passphrase of the operator's own key; raises `WrongUse` for a descriptor without one."""
    return getpass.getpass("Passphrase of your key: ") if descriptor is None else _read(descriptor)


def _typed() -> str:
    if not sys.stdin.isatty():
        raise WrongUse("There is no terminal to type a passphrase on.", "Use --passphrase-fd.")
    first = getpass.getpass("New passphrase: ")
    if getpass.getpass("The same again: ") != first:
        raise WrongUse("The two are not the same; nothing was made.")
    return first


def _read(descriptor: int) -> str:
    """The first line of an open descriptor."""
    try:
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            line = file.readline(_LONGEST)
        return line.decode().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise WrongUse(f"Descriptor {descriptor} gives no passphrase: {reason}.") from error
