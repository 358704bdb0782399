"""Drives, who can be given their keys, and the operator's own key, at a fixed time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from tests.screens.fake_configs import ALICE, BOB, GENOMICS, IMAGING, ROOT, TRIAL
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.services.drives.choices import (
    DriveChoice,
    RealmChoice,
    Receiver,
    TierChoice,
)
from ticrypt_tui.backend.services.drives.row import DriveRow, HolderRow, no_key
from ticrypt_tui.config.measures import size

NOW = datetime(2026, 11, 21, 14, 5, 31, tzinfo=UTC)
X = "X7QK-2M9D-VVHE-3JQA-62LN-7YQP-KD4S-BW5C-EZ3G-M6TU-5RHX-JA2N-4RTA"
P = "9PLC-81ZE-77DA-QQ2K-L6XB-93RT-AAHS-ZK4V-P2MD-W8NE-JJ5Q-T7UC-MM0V"
R = "5QWE-ZT3U-KK9A-YX7C-B4NM-LP2S-DFG6-HJ8Q-R1TE-VV3W-X9ZA-M2KD-7NRB"
HERS = HolderRow("alice", ALICE, X, "rw", "alice", NOW - timedelta(days=50), trust="pinned")
HIS = HolderRow("bob", BOB, P, "ro", "alice", NOW - timedelta(days=18), trust="pinned")
MINE = HolderRow("root", ROOT, R, "rw", "root", NOW - timedelta(days=3))


def drives() -> list[DriveRow]:
    genome = DriveRow(
        id="drv-19c0e1", name="genome-data", realm="local", realm_id="local", owner="alice",
        owner_id=ALICE, team="genomics", team_id="team-g", project="genomics/trial-7",
        project_id=TRIAL, tier="flash", pool="ticrypt-flash", pool_id="pool-flash",
        volume="drv-19c0e1", size_bytes=size("512 GiB"), format="EXT4", backup=True,
        state="detached", state_detail="", created=HERS.added, version=3,
        last_attached=NOW - timedelta(days=2), holders=(HERS, HIS),
        why_not_share=no_key((HERS, HIS)),
    )  # fmt: skip
    mine = replace(
        genome, id="drv-77aa01", name="reference", owner="root", owner_id=ROOT, team="ops",
        team_id="team-o", project="Unlocked", project_id=None, tier="spindle", format="XFS",
        size_bytes=size("4 TiB"), state="in use by 2 VMs", holders=(MINE, HIS), mine=True,
        used_by=(("vm-genome7", "genome-7", "ro"), ("vm-imaging2", "imaging-2", "ro")),
        why_not_share="",
    )  # fmt: skip
    alone = replace(mine, id="drv-88bb02", name="scratch", holders=(MINE,), used_by=(),
                    state="detached", sole_holder="root", format="BTRFS", tier="flash",
                    size_bytes=size("20 GiB"), last_attached=None, project="genomics",
                    project_id=GENOMICS)  # fmt: skip
    return [
        genome,
        mine,
        alone,
        replace(alone, id="drv-99cc03", name="imaging-raw", team="imaging", project="imaging",
                project_id=IMAGING, state="creating", state_detail="40 %", format="ZFS"),
        replace(genome, id="drv-aadd04", name="lab-windows", state="in use by VM imaging-2",
                format="NTFS", used_by=(("vm-imaging2", "imaging-2", "rw"),), team="imaging",
                last_attached=NOW - timedelta(minutes=20), size_bytes=size("80 GiB")),
        replace(alone, id="drv-bbee05", name="old-trial", state="failed", team="",
                state_detail="pool ticrypt-flash has no room for it", size_bytes=size("12 TiB")),
    ]  # fmt: skip


def receivers() -> list[Receiver]:
    return [
        Receiver(ALICE, "alice", "Alice Archer", True, X),
        Receiver(BOB, "bob", "Bob Baker", True, P),
        Receiver("user-carol", "carol", "Carol Cooper", False, P),
        Receiver(ROOT, "root", "root", True, R),
    ]


def realm_choices() -> list[RealmChoice]:
    return [RealmChoice("local", "local", size("1 GiB"), size("16 TiB"))]


def tier_choices() -> list[TierChoice]:
    return [
        TierChoice("flash", "flash", "local", "ticrypt-flash", size("120 GiB"), True),
        TierChoice("spindle", "spindle", "local", "ticrypt-spindle", 0, False),
    ]


def drive_choices() -> list[DriveChoice]:
    return [
        DriveChoice(
            f"{row.id}:{mode}", f"{row.name}:{mode}", row.name, mode, row.realm, row.realm_id,
            row.owner_id, row.team_id, row.project_id, row.project, row.size_bytes, row.format,
            row.mine,
            tuple(each.user for each in row.holders), row.co_owner_ids,
        )
        for row in drives()
        for mode in ("rw", "ro")
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class FakePublic:
    fingerprint: str = R


class FakeKeys:
    """A key whose passphrase is `right`; `gate` holds an unlocking up, `none` is why there is no
    key."""

    def __init__(self) -> None:
        self.locked = False
        self.none: Refused | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.tried: list[str] = []

    @property
    def public(self) -> FakePublic:
        if self.none is not None:
            raise self.none
        return FakePublic()

    async def unlock(self, passphrase: str) -> None:
        self.tried.append(passphrase)
        await self.gate.wait()
        if passphrase != "right":
            raise Refused("The key was not unlocked.", "Type the passphrase again.")
        self.locked = False
