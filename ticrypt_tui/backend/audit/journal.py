"""A copy of each checkpoint in systemd's journal, where there is one: out of the console's reach.

Everything here blocks. The fields are `TICRYPT_CHECKPOINT`, the note in Base64, and
`TICRYPT_CHECKPOINT_KEY`, the identity of its key in hexadecimal.
"""

from __future__ import annotations

import base64
import json
import socket
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ticrypt_tui.backend.audit.checkpoints import Checkpoint
from ticrypt_tui.backend.audit.note import PublicKey

DEADLINE = 5.0
_FIELD, _KEY = "TICRYPT_CHECKPOINT", "TICRYPT_CHECKPOINT_KEY"
_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal of this machine."""

    socket: Path = Path("/run/systemd/journal/socket")
    reader: str = "journalctl"

    @property
    def there(self) -> bool:
        """Whether this machine has one."""
        return self.socket.exists()

    def tell(self, checkpoint: Checkpoint, key: PublicKey) -> bool:
        """Send a checkpoint; False where nobody took it."""
        note = base64.b64encode(checkpoint.note.encode()).decode("ascii")
        fields = {
            "MESSAGE": f"The audit log has {checkpoint.size} records: {checkpoint.root.hex()}",
            "PRIORITY": "5",
            "SYSLOG_IDENTIFIER": "ticrypt-tui",
            _KEY: key.identity.hex(),
            _FIELD: note,
        }
        said = "".join(f"{name}={value}\n" for name, value in fields.items()).encode()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(DEADLINE)
            try:
                sender.sendto(said, str(self.socket))
            except OSError:
                return False
        return True

    def highest(self, key: PublicKey) -> Checkpoint | None:
        """The highest checkpoint of a key among the newest entries, as far as they can be read."""
        if not self.there:
            return None
        match = f"{_KEY}={key.identity.hex()}"
        command = [self.reader, "-q", "-r", "-n", str(_LOOKED_AT), "-o", "json", match]
        try:
            found = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE, check=True
            )
        except (OSError, subprocess.SubprocessError):
            return None
        read = [_checkpoint(line) for line in found.stdout.splitlines()]
        signed = [each for each in read if each is not None and each.signed_by(key)]
        return max(signed, key=lambda each: each.size, default=None)


def _checkpoint(line: bytes) -> Checkpoint | None:
    with suppress(ValueError, KeyError, TypeError):
        note = base64.b64decode(json.loads(line)[_FIELD], validate=True)
        return Checkpoint.read(note.decode("utf-8"))
    return None
