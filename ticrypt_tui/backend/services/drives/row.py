"""What is known of one drive: the row of the tab, and what operations are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ticrypt_tui.backend.services.wording import together
from ticrypt_tui.text import shown

FORMATS = ("EXT4", "BTRFS", "XFS", "ZFS", "NTFS")


class DriveState(StrEnum):
    """What the store has of a drive's state; who uses it is told by its uses.

    Of one that is `creating` or `re-encrypting`, `state_detail` is the process that does it; of a
    `failed` one it is the reason, with what helps.
    """

    CREATING = "creating"
    REENCRYPTING = "re-encrypting"
    FAILED = "failed"
    DETACHED = "detached"
    MISSING = "volume missing"


BUSY = (DriveState.CREATING, DriveState.REENCRYPTING)
UNDERWAY: dict[str, str] = {}
"""How far each of the drives is that this very process makes or re-encrypts, by its ID."""


@dataclass(frozen=True, slots=True)
class HolderRow:
    """A user to whom a drive's key is wrapped, as the newest manifest says.

    `trust` is how his key compares with what the caller has pinned; only details tell it.
    """

    user: str
    user_id: str
    fingerprint: str
    mode: str
    added_by: str
    added: datetime
    active: bool = True
    trust: str = ""


@dataclass(frozen=True, slots=True)
class DriveRow:
    """A drive with who can open it and what has it open; the size in bytes.

    `state` is in the words of `design.md` 8, `state_detail` how far it is, or why it failed.
    `used_by` are the ID and the name of each VM that has it open, and how. `mine` is whether the
    caller holds a key of it; where he does not, `why_not_share` says so. Where one user alone holds
    a key, `sole_holder` is his login.
    """

    id: str
    name: str
    realm: str
    realm_id: str
    owner: str
    owner_id: str
    team: str
    team_id: str | None
    project: str
    project_id: str | None
    tier: str
    pool: str
    pool_id: str
    volume: str
    size_bytes: int
    format: str
    backup: bool
    state: str
    state_detail: str
    created: datetime
    last_attached: datetime | None
    version: int
    holders: tuple[HolderRow, ...] = ()
    used_by: tuple[tuple[str, str, str], ...] = ()
    mine: bool = False
    why_not_share: str = ""
    sole_holder: str = ""

    @property
    def detached(self) -> bool:
        """Whether nothing has it open and nothing is being done to it."""
        return not self.used_by and self.state not in BUSY

    @property
    def co_owner_ids(self) -> tuple[str, ...]:
        """Those who may see it beside its owner: whoever holds a key of it."""
        return tuple(each.user_id for each in self.holders)

    @property
    def holder_ids(self) -> frozenset[str]:
        """The IDs of all who hold a key."""
        return frozenset(each.user_id for each in self.holders)


def no_key(holders: Sequence[HolderRow]) -> str:
    """Why somebody without a key cannot open or share a drive, and who can."""
    who = [shown(each.user) for each in holders]
    can = f" {together(who)} can." if who else " Nobody can: the store has no key of it."
    said = "You hold no key to this drive: you cannot open or share it"
    return f"{said}, and no permission changes that.{can}"
