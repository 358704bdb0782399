"""Users, teams and projects for what is on screen alone, at a fixed time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.services.people.projects import ProjectRow
from ticrypt_tui.backend.services.people.teams import TeamRow
from ticrypt_tui.backend.services.people.users import UserRow
from ticrypt_tui.backend.services.people.uses import Uses

MADE = datetime(2026, 10, 2, 9, 14, tzinfo=UTC)
ALICE, BOB, CAROL, DAN, ROOT = (f"user-{name}" for name in ("alice", "bob", "carol", "dan", "root"))
GENOMICS, TRIAL, BATCH, IMAGING = (f"project-{letter}" for letter in "gtbi")
_GIB = 2**30


def users() -> list[UserRow]:
    alice = UserRow(
        id=ALICE, name="alice", login="alice", person="Alice Archer", role=Role.USER, active=True,
        reason="", teams=("genomics",), team_ids=("team-g",), projects=("genomics/trial-7",),
        project_ids=(TRIAL,), uses=Uses(("genome-7", "trial-12"), ("genome-7",), ("genome-data",)),
        created=MADE, version=3,
    )  # fmt: skip
    return [
        alice,
        replace(alice, id=BOB, name="bob", login="bob", person="Bob Baker", role=Role.SUB_ADMIN,
                teams=("imaging",), team_ids=("team-i",), projects=("imaging",),
                project_ids=(IMAGING,), uses=Uses(("imaging-2",), ("imaging-2",))),
        replace(alice, id=CAROL, name="carol", login="carol", person="Carol Cooper", active=False,
                reason="left the institute on October 31", uses=Uses((), (), ("archive-9",))),
        replace(alice, id=DAN, name="dan@lab.example", login="dan@lab.example",
                person="Dan Dyer", role=Role.ADMIN, teams=("genomics", "imaging"),
                team_ids=("team-g", "team-i"), projects=(), project_ids=(), uses=Uses()),
        replace(alice, id=ROOT, name="root", login="root", person="root", role=Role.SUPER_ADMIN,
                teams=(), team_ids=(), projects=(), project_ids=(),
                uses=Uses(("tiny-1", "tiny-4"), ("tiny-1",))),
    ]  # fmt: skip


def teams() -> list[TeamRow]:
    genomics = TeamRow(
        id="team-g", name="genomics", cores=64, cores_used=48, memory_mib=512 * 1024,
        memory_used=384 * 1024, drive_space_gib=8192, drive_bytes=5300 * _GIB,
        members=("alice", "carol", "dan@lab.example"), member_ids=(ALICE, CAROL, DAN),
        uses=Uses(("genome-7", "trial-12"), ("genome-7",), ("genome-data",)), version=2,
    )  # fmt: skip
    return [
        genomics,
        replace(genomics, id="team-i", name="imaging", cores=8, cores_used=12, memory_mib=None,
                memory_used=65536, drive_space_gib=1024, drive_bytes=0,
                members=("bob", "dan@lab.example"), member_ids=(BOB, DAN),
                uses=Uses(("imaging-2",), ("imaging-2",))),
        replace(genomics, id="team-o", name="operations", cores=None, cores_used=1,
                memory_mib=None, memory_used=192, drive_space_gib=None, drive_bytes=0,
                members=(), member_ids=(), uses=Uses()),
    ]  # fmt: skip


def projects() -> list[ProjectRow]:
    genomics = ProjectRow(
        id=GENOMICS, name="genomics", path="genomics", colour="teal", level="HIPAA", parent="",
        parent_id=None, above=(), children=("genomics-eu", "trial-7"),
        members=("alice", "carol"), member_ids=(ALICE, CAROL), uses=Uses(), version=1,
    )  # fmt: skip
    trial = replace(
        genomics, id=TRIAL, name="trial-7", path="genomics/trial-7", colour="red",
        level="HIPAA, CUI", parent="genomics", parent_id=GENOMICS, above=(GENOMICS,),
        children=("batch-1",), members=("alice",), member_ids=(ALICE,),
        uses=Uses(("genome-7",), ("genome-7",), ("genome-data",)),
    )  # fmt: skip
    return [
        genomics,
        replace(trial, id="project-e", name="genomics-eu", path="genomics/genomics-eu",
                colour="blue", level="GDPR", children=(), uses=Uses(), members=(), member_ids=()),
        trial,
        replace(trial, id=BATCH, name="batch-1", path="genomics/trial-7/batch-1", colour="",
                level="", parent="genomics/trial-7", parent_id=TRIAL, above=(TRIAL, GENOMICS),
                children=(), uses=Uses()),
        replace(genomics, id=IMAGING, name="imaging", path="imaging", colour="yellow", level="",
                children=(), members=("bob",), member_ids=(BOB,),
                uses=Uses(("imaging-2",), ("imaging-2",))),
    ]  # fmt: skip
