"""Opening a log file to read it, or saying in words why it cannot be read."""

from __future__ import annotations

import os
import stat
from typing import BinaryIO

from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.text import shown

GRANT = "Grant it by the file's group, or by an ACL."


def opened(path: str, grant: str = GRANT) -> BinaryIO:
    """The file, unbuffered; a pipe or a device under its name is refused, not waited for.

    Raises `Failed`, with `grant` as what would help where the user may not read it.
    """
    try:
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except OSError as error:
        raise why_not(path, error, grant) from None
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise Failed(f"{shown(path)} is not a file.")
    return os.fdopen(number, "rb", buffering=0)


def why_not(path: str, error: OSError, grant: str = GRANT) -> Failed:
    """Why a file cannot be read, in words."""
    name = shown(path)
    if isinstance(error, FileNotFoundError):
        return Failed(f"There is no {name}: nothing was written yet, or it was removed.")
    if isinstance(error, PermissionError):
        return Failed(f"This user may not read {name}.", grant)
    return Failed(f"{name} cannot be read: {error.strerror}.")


def first_data(file: BinaryIO) -> int:
    """Where the file's first bytes are that were ever written: what is before them is a hole.

    A log that was cut while its writer kept its place begins with one.
    """
    try:
        return os.lseek(file.fileno(), 0, os.SEEK_DATA)
    except OSError:  # there are none, or the file system does not know of holes
        return 0
