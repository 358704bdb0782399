"""What the store and libvirt do not say alike, and what is to be done about it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """Whether a difference is put right by itself, after a yes, or by people alone."""

    SAFE = "safe"
    ASK = "ask"
    NEVER = "never"


class Kind(StrEnum):
    """What there is to find."""

    VM_ENDED = "VM ended"
    VM_LOST = "VM gone"
    VM_UNKNOWN = "VM unknown"
    VM_MOVED = "VM on another host"
    VM_TWICE = "VM on two hosts"
    VM_STATE = "VM state"
    VM_HELD = "VM holds something else"
    VM_RUNS_ON = "VM runs after its end"
    VM_FOREIGN = "VM of another realm"
    DRIVE_MISSING = "drive without volume"
    DRIVE_BACK = "drive has its volume again"
    DRIVE_SIZE = "drive size"
    DRIVE_USED = "drive in use by a VM that is gone"
    VOLUME_UNKNOWN = "volume without drive"
    POOL_INACTIVE = "pool inactive"
    POOL_MISSING = "pool missing"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs, with a sentence each for what both say and what will be done.

    `what` is the name of the VM, drive, volume or pool, `subject` its ID (a volume's is
    `pool/name`); all text may be foreign. `host_id` is the host that it is about, `value` what the
    store is to have. Nothing is done about one of grade `NEVER`.
    """

    kind: Kind
    subject: str
    what: str
    store_says: str
    libvirt_says: str
    will_do: str
    grade: Grade
    host_id: str = ""
    value: str = ""

    @property
    def id(self) -> str:
        """The same for the same difference, whoever finds it and however often."""
        of = "\0".join((self.kind, self.subject, self.host_id, self.value))
        return hashlib.sha256(of.encode(errors="replace")).hexdigest()[:10]
