"""Files that nobody else reads: 0600 in a folder of 0700, in one piece or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def write_private(path: Path, data: bytes | bytearray, *, anew: bool = False) -> None:
    """Write a file; `anew` raises `FileExistsError` where there is one. Raises `OSError`."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    descriptor, unfinished = tempfile.mkstemp(prefix=".", dir=path.parent)  # made with 0600
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        (os.link if anew else os.replace)(unfinished, path)
        if anew:
            _sync_folder(path.parent)
    finally:
        with suppress(FileNotFoundError):  # it bears its new name already
            os.unlink(unfinished)


def _sync_folder(folder: Path) -> None:
    """Have the name of a new file outlast a power cut, too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_private(path: Path) -> bytes:
    """A file that must be this user's, and closed to all others; raises `OSError`.

    Raises `PermissionError` where it is not.
    """
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        if status.st_uid != os.geteuid() or status.st_mode & 0o077:
            raise PermissionError(0, "others may read or write it: chmod 600, and your own")
        return file.read()
