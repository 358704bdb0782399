"""The file of an SQLite database: made for its owner alone, and looked at before it is opened."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from ticrypt_tui.backend.errors import StoreUnavailable

_NETWORK = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "glusterfs", "lustre", "nfs", "nfs4", "smb3", "smbfs",
     "virtiofs"}
)  # fmt: skip
_HEADER = b"SQLite format 3\x00"


def check_file(file: Path) -> None:
    """Raise `StoreUnavailable`, with what would help, unless a database can be in this file.

    One that another process is making may still have zeros where its header will be.
    """
    try:
        header = _header(file)
    except FileNotFoundError:
        raise StoreUnavailable(
            f"There is no database {file}.", "`ticrypt-tui init` makes it."
        ) from None
    except OSError as error:
        raise StoreUnavailable(
            f"The database {file} cannot be read: {error.strerror}.",
            "Ask its owner for access to it and to its folder.",
        ) from None
    if header.strip(b"\0") and header != _HEADER:
        raise not_a_database(file)


def _header(file: Path) -> bytes:
    if not file.parent.is_dir():
        raise StoreUnavailable(
            f"There is no folder {file.parent} for the database.",
            "`ticrypt-tui init` makes it, or correct [database] url.",
        )
    if file.exists() and not file.is_file():
        kind = "a folder" if file.is_dir() else "no ordinary file"
        raise StoreUnavailable(f"{file} is {kind}.", "Name a file in [database] url.")
    with file.open("rb") as opened:
        return opened.read(len(_HEADER))


def not_a_database(file: Path) -> StoreUnavailable:
    """What to say of a file that is damaged or something else, with the backups that there are."""
    newest = max(file.parent.glob(f"{file.name}.backup-*"), default=None)
    helps = f"The newest backup is {newest}." if newest else "Restore it from a backup."
    return StoreUnavailable(f"{file} is not a database, or is damaged.", helps)


def backup_of(file: Path, moment: datetime) -> Path:
    """Where a backup made at that moment belongs; their names sort by age."""
    return file.with_name(f"{file.name}.backup-{moment:%Y%m%dT%H%M%S.%fZ}")


def make_file(file: Path) -> None:
    """Make the file where there is none, its folder 0700 and itself 0600."""
    try:
        if file.exists():
            return
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise StoreUnavailable(
            f"The database {file} cannot be made: {error.strerror}.",
            "Name a place where you may write in [database] url.",
        ) from None


def on_network(file: Path) -> bool:
    """Whether other machines may hold the file too: SQLite's locks and WAL do not reach them."""
    kind = _filesystem(file)
    return kind in _NETWORK or kind.startswith("fuse.")


def _filesystem(file: Path) -> str:
    """The type of the file system that holds a path, as the kernel names it; '' where unknown."""
    place, kind, longest = file.resolve(), "", -1
    for line in mounts().splitlines():
        _, escaped, found, *_ = line.split(" ")
        point = escaped.encode().decode("unicode_escape", errors="replace")
        if place.is_relative_to(point) and len(point) >= longest:
            kind, longest = found, len(point)
    return kind


def mounts() -> str:
    """The kernel's table of what is mounted where, with spaces as `\\040`."""
    try:
        return Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
