"""Checkpoints: signed statements of how many records the log has and what they hash to.

Each is a C2SP checkpoint (https://github.com/C2SP/C2SP/blob/main/tlog-checkpoint.md), the origin in
its first line is the name of the key. They stand one after the other in a file, a blank line after
each. Everything here blocks.
"""

from __future__ import annotations

import base64
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ticrypt_tui.backend.audit.merkle import Tree
from ticrypt_tui.backend.audit.note import PrivateKey, PublicKey
from ticrypt_tui.backend.errors import Failed

_HASH_BYTES = 32
_LONGEST = 4096
_END = re.compile("\n— [^\n]+\n\n".encode())


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a note claims of the log: that its first `size` records have this tree's root."""

    size: int
    root: bytes
    note: str

    @classmethod
    def read(cls, note: str) -> Checkpoint:
        """What a note says, whoever signed it; raises `ValueError`."""
        text = note.partition("\n\n")[0].split("\n")
        if len(text) < 3 or not text[0] or not (text[1].isascii() and text[1].isdigit()):
            raise ValueError("it is no checkpoint")
        root = base64.b64decode(text[2], validate=True)
        if len(root) != _HASH_BYTES:
            raise ValueError("its root is no hash")
        return cls(int(text[1]), root, note)

    @classmethod
    def of(cls, tree: Tree, key: PrivateKey) -> Checkpoint:
        """A new one."""
        root = base64.b64encode(tree.root).decode("ascii")
        return cls(tree.size, tree.root, key.signed(f"{key.name}\n{tree.size}\n{root}\n"))

    def signed_by(self, key: PublicKey) -> bool:
        """Whether the key's owner made it, for this log."""
        try:
            return key.text_of(self.note).startswith(f"{key.name}\n")
        except ValueError:
            return False


def read_checkpoints(file: Path) -> list[Checkpoint]:
    """Every checkpoint of the file, an unfinished last one left out; none where there is no file.

    Raises `ValueError` for a file that holds something else.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ValueError(f"it cannot be read: {error.strerror}") from error
    return [Checkpoint.read(note) for note in _notes(text)]


def last_checkpoint(file: Path) -> Checkpoint | None:
    """The last checkpoint alone, however many there are; raises `ValueError`."""
    try:
        with file.open("rb") as opened:
            return _last(opened.fileno())[0]
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ValueError(f"it cannot be read: {error.strerror}") from error


def _last(descriptor: int) -> tuple[Checkpoint | None, int]:
    """The last checkpoint, and where it ends in the file."""
    size = os.fstat(descriptor).st_size
    begin = max(size - _LONGEST, 0)
    tail = os.pread(descriptor, _LONGEST, begin)
    ends = [0, *(found.end() for found in _END.finditer(tail))]
    if len(ends) == 1:
        return None, begin
    note = tail[ends[-2] : ends[-1] - 1].decode("utf-8")
    return Checkpoint.read(note), begin + ends[-1]


def _notes(text: str) -> Iterator[str]:
    blocks = text.split("\n\n")[:-1]
    for said, signature in zip(blocks[::2], blocks[1::2], strict=False):
        yield f"{said}\n\n{signature}\n"


@contextmanager
def next_checkpoint(file: Path) -> Iterator[CheckpointWriter]:
    """Be the only one who adds to the file; raises `Failed` where it cannot be written."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise Failed(f"The checkpoints {file} cannot be written: {error.strerror}.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        found = os.fstat(descriptor)
        if not found.st_size and found.st_uid == os.geteuid():
            os.fchmod(descriptor, 0o644)  # for consoles of other accounts, whatever the umask
        yield CheckpointWriter(file, descriptor)
    finally:
        os.close(descriptor)


class CheckpointWriter:
    """The file, locked."""

    def __init__(self, file: Path, descriptor: int) -> None:
        self._file, self._descriptor = file, descriptor

    @property
    def written_at(self) -> float:
        """When it was last written to, in seconds since 1970."""
        return os.fstat(self._descriptor).st_mtime

    @property
    def last(self) -> Checkpoint | None:
        """The last checkpoint; raises `ValueError`."""
        return _last(self._descriptor)[0]

    def add(self, checkpoint: Checkpoint) -> None:
        """Add one, after what a crash left unfinished was cut off, and wait until the disk has it.

        Raises `Failed`, `ValueError`.
        """
        _, end = _last(self._descriptor)
        try:
            os.ftruncate(self._descriptor, end)
            os.write(self._descriptor, f"{checkpoint.note}\n".encode())
            os.fdatasync(self._descriptor)
        except OSError as error:
            sentence = f"The checkpoints {self._file} cannot be written: {error.strerror}."
            raise Failed(sentence) from error
