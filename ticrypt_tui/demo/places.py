"""Where the demo keeps what it makes, and the names that tell it from everybody else's."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from ticrypt_tui.config import locations

REALM = "local"
VOLUMES = "volumes"
TIERS = ("flash", "spindle")
VOLUME = "tiny-linux.qcow2"
NEXT_VOLUME = "tiny-next.qcow2"
"""A copy of it, for a service VM to work on while others run."""
PASSPHRASE = "tiny-demo"
"""Of the key that opens its drives: no secret, and told in its configuration file."""
_SYSTEM_IMAGES = Path("/var/lib/libvirt/images")


@dataclass(frozen=True, slots=True)
class Places:
    """The demo of one data folder; another folder's demo shares nothing with it."""

    folder: Path

    @property
    def tag(self) -> str:
        """What the names of its pools and its network end in."""
        return f"demo-{hashlib.sha256(bytes(self.folder)).hexdigest()[:6]}"

    @property
    def configuration(self) -> Path:
        return self.folder / locations.FILE

    @property
    def database(self) -> Path:
        return self.folder / "console.db"

    @property
    def audit_file(self) -> Path:
        return self.folder / "audit.jsonl"

    @property
    def checkpoint_key(self) -> Path:
        return self.folder / "checkpoint.key"

    @property
    def daemons(self) -> Path:
        return self.folder / "daemons.json"

    @property
    def probe(self) -> Path:
        return self.folder / "virt-type.json"

    @property
    def fleet(self) -> Path:
        """The worlds of the simulated hosts, a file each."""
        return self.folder / "fleet"

    @property
    def lock(self) -> Path:
        return self.folder.with_suffix(".lock")

    @property
    def network(self) -> str:
        return f"ticrypt-{self.tag}"

    @property
    def bridge(self) -> str:
        """An interface's name has at most 15 characters."""
        return f"tt-{self.tag}"

    def pool(self, name: str) -> str:
        """The name of a storage pool in libvirt."""
        return f"{name}-{self.tag}"

    def pool_target(self, name: str, system: bool) -> Path:
        """The folder of a pool: the system's QEMU cannot read below a home, the session's can."""
        return _SYSTEM_IMAGES / self.pool(name) if system else self.folder / "pools" / name


def places() -> Places:
    """The demo of the calling user."""
    return Places(locations.data_folder() / "demo")
