"""What this console has seen of the checkpoints: the key, and the highest one.

It is kept with the console's own data, out of reach of who can write to the log alone. Everything
here blocks.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from ticrypt_tui.backend.audit.checkpoints import Checkpoint
from ticrypt_tui.backend.audit.note import PublicKey


@dataclass(frozen=True, slots=True)
class Seen:
    """A key that was trusted at first sight, and the highest checkpoint of it so far."""

    key: PublicKey
    checkpoint: Checkpoint | None


@dataclass(frozen=True, slots=True)
class Pin:
    """The file for one log."""

    file: Path

    @classmethod
    def of(cls, data: Path, url: str) -> Pin:
        """The pin for the log of a database, in a console's data folder."""
        tag = hashlib.sha256(url.encode()).hexdigest()[:8]
        return cls(data / f"audit-pin-{tag}.json")

    def read(self) -> Seen | None:
        """What was seen, if anything; raises `ValueError` for a file that is something else."""
        try:
            said = json.loads(self.file.read_text(encoding="utf-8"))
            note = said["note"]
            return Seen(PublicKey.read(said["key"]), Checkpoint.read(note) if note else None)
        except FileNotFoundError:
            return None
        except (OSError, KeyError, TypeError) as error:
            raise ValueError(f"{type(error).__name__}: {error}") from error

    def keep(self, seen: Seen) -> None:
        """Remember what was seen; raises `OSError`."""
        note = seen.checkpoint.note if seen.checkpoint else ""
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = self.file.with_suffix(f".{os.getpid()}")
        unfinished.write_text(json.dumps({"key": seen.key.written, "note": note}), encoding="utf-8")
        unfinished.replace(self.file)
