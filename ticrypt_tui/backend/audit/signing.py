"""Signing checkpoints: by whichever process can read the key, one at a time, and only of a log that
it has itself found good."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from ticrypt_tui.backend.audit.checkpoints import Checkpoint, CheckpointWriter, next_checkpoint
from ticrypt_tui.backend.audit.journal import Journal
from ticrypt_tui.backend.audit.keys import may_sign, read_key, read_public
from ticrypt_tui.backend.audit.verify import Verdict
from ticrypt_tui.backend.errors import Failed

EVERY = 60.0
"""Seconds after which new records are signed, however few they are."""


@dataclass(frozen=True, slots=True)
class Signing:
    """Where checkpoints go, and how many records may wait for one. Methods block."""

    file: Path
    key_file: Path
    records: int
    journal: Journal

    @property
    def able(self) -> bool:
        """Whether this process can read the key."""
        return may_sign(self.key_file)

    def sign(self, good: Verdict, *, at_once: bool = False) -> float:
        """Sign a log that was found good, if it is time to; returns the seconds until it is.

        These are 0 where it was signed just now. Raises `Failed`.
        """
        if not good.up_to:
            return EVERY
        key = read_key(self.key_file)
        if key.public != read_public(self.key_file):
            raise Failed(f"The checkpoint key {self.key_file} is not the one of its public half.")
        with next_checkpoint(self.file) as writer:
            wait = self._wait(writer, good)
            if wait is not None and not (at_once and good.up_to > good.signed_up_to):
                return wait
            checkpoint = Checkpoint.of(good.tree, key)
            writer.add(checkpoint)
        if self.journal.there:
            self.journal.tell(checkpoint, key.public)
        return 0

    def _wait(self, writer: CheckpointWriter, good: Verdict) -> float | None:
        """The seconds for which the log is not to be signed again; None where it is now."""
        try:
            last = writer.last
        except ValueError as error:
            raise Failed(f"The checkpoints {self.file} are damaged: {error}.") from error
        size = last.size if last else 0
        if size < good.signed_up_to:
            raise Failed(f"Checkpoints were taken away from {self.file}; it is not signed anew.")
        if size >= good.up_to:
            return EVERY
        wait = writer.written_at + EVERY - time.time() if last else 0
        return None if wait <= 0 or good.up_to - size >= self.records else wait
