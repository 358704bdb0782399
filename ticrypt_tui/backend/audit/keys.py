"""The key that signs checkpoints, in a file of its own, and its public half beside it."""

from __future__ import annotations

import os
from pathlib import Path

from ticrypt_tui.backend.audit.note import PrivateKey, PublicKey
from ticrypt_tui.backend.errors import Failed


def public_file(key_file: Path) -> Path:
    """Where the public half of a key is: beside it, `.pub`."""
    return key_file.with_name(f"{key_file.name}.pub")


def make_key(key_file: Path, name: str) -> bool:
    """Make a key (0400) and its public half (0444) where there is neither; False where there is.

    Raises `Failed` where they cannot be written.
    """
    public = public_file(key_file)
    if key_file.exists() or public.exists():
        return False
    key = PrivateKey.new(name)
    try:
        key_file.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        _write(key_file, key.written, 0o400)
        _write(public, key.public.written, 0o444)
    except OSError as error:
        raise Failed(
            f"The checkpoint key {key_file} cannot be made: {error.strerror}.",
            "Name a place for it in [audit] checkpoint_key.",
        ) from error
    return True


def read_key(key_file: Path) -> PrivateKey:
    """The key; raises `Failed`."""
    try:
        return PrivateKey.read(key_file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unreadable(key_file, error) from error


def read_public(key_file: Path) -> PublicKey:
    """The public half; raises `Failed`."""
    file = public_file(key_file)
    try:
        return PublicKey.read(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unreadable(file, error) from error


def may_sign(key_file: Path | None) -> bool:
    """Whether this process can read the key, and so could forge checkpoints."""
    return key_file is not None and os.access(key_file, os.R_OK)


def _unreadable(file: Path, error: OSError | ValueError) -> Failed:
    reason = error.strerror if isinstance(error, OSError) else error
    return Failed(f"The key {file} cannot be read: {reason}.")


def _write(file: Path, text: str, mode: int) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with open(descriptor, "w", encoding="ascii") as opened:
        os.fchmod(descriptor, mode)
        opened.write(f"{text}\n")
