"""VM configurations, what they can be made of, and a start under way, at a fixed time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ticrypt_tui.backend.services.configs.choices import MemberChoice, OwnerChoice, SetupChoice
from ticrypt_tui.backend.services.configs.configs import ConfigRow
from ticrypt_tui.backend.services.starting.progress import Progress, Stage

NOW = datetime(2026, 11, 21, 14, 5, 31, tzinfo=UTC)
ALICE, BOB, ROOT = "user-alice", "user-bob", "user-root"
GENOMICS, TRIAL, IMAGING = "project-g", "project-t", "project-i"


def configs() -> list[ConfigRow]:
    genome = ConfigRow(
        id="config-g7", name="genome-7", state="running", owner="alice", team="genomics",
        project="genomics/trial-7", realm="local", realm_id="local", setup="gpu-large",
        setup_id="setup-gpu", image="Ubuntu 24.04", cores=16, memory_mib=128 * 1024,
        devices=("1× A100",), debug=False, drives=("genome-data:rw", "reference:ro"),
        co_owners=("bob",), co_owner_ids=(BOB,), owner_id=ALICE, team_id="team-g",
        project_id=TRIAL, vm_id="vm-genome7", version=4,
        attached=(("drv-19c0e1", "genome-data", "rw"), ("drv-77aa01", "reference", "ro")),
        closed_drives=(("genome-data", "alice and bob"),),
    )  # fmt: skip
    plain = replace(
        genome, id="config-i2", name="imaging-2", state="stopped", owner="bob", team="imaging",
        project="imaging", setup="small", setup_id="setup-small", cores=2, memory_mib=4096,
        devices=(), drives=(), co_owners=(), co_owner_ids=(), owner_id=BOB, team_id="team-i",
        project_id=IMAGING, vm_id=None, version=1,
        attached=(), closed_drives=(),
    )  # fmt: skip
    return [
        genome,
        plain,
        replace(plain, id="config-t1", name="tiny-1", state="booting", owner="root", team="",
                project="Unlocked", setup="tiny-debug", setup_id="setup-tiny", cores=1,
                memory_mib=192, debug=True, owner_id=ROOT, team_id=None, project_id=None,
                vm_id="vm-tiny1"),
        replace(plain, id="config-t4", name="tiny-4", owner="root", team="", project="Unlocked",
                setup="tiny-debug", setup_id="setup-tiny", cores=1, memory_mib=192, debug=True,
                owner_id=ROOT, team_id=None, project_id=None),
    ]  # fmt: skip


def setup_choices() -> list[SetupChoice]:
    return [
        SetupChoice("setup-gpu", "gpu-large", "local", "local", 16, 128 * 1024, False),
        SetupChoice("setup-small", "small", "local", "local", 2, 4096, False),
        SetupChoice("setup-tiny", "tiny-debug", "local", "local", 1, 192, True),
        SetupChoice("setup-fleet", "tiny", "fleet (simulated)", "fleet", 1, 192, False),
    ]


def owner_choices() -> list[OwnerChoice]:
    return [
        OwnerChoice(ALICE, "alice", "Alice Archer", True),
        OwnerChoice(BOB, "bob", "Bob Baker", True),
        OwnerChoice("user-carol", "carol", "Carol Cooper", False),
        OwnerChoice(ROOT, "root", "root", True),
    ]


def team_choices() -> list[MemberChoice]:
    return [
        MemberChoice("team-g", "genomics", frozenset({ALICE, BOB}), False),
        MemberChoice("team-i", "imaging", frozenset({BOB}), False),
        MemberChoice("team-o", "ops", frozenset({ROOT}), True),
    ]


def project_choices() -> list[MemberChoice]:
    return [
        MemberChoice(GENOMICS, "genomics", frozenset({ALICE}), False),
        MemberChoice(TRIAL, "genomics/trial-7", frozenset({ALICE, BOB}), False),
        MemberChoice(IMAGING, "imaging", frozenset({BOB}), False),
    ]


BEGAN = NOW - timedelta(seconds=14)
WAITING = (
    Stage("scheduling", BEGAN),
    Stage("starting", BEGAN + timedelta(seconds=0.2), ("node01", "disk made: vm-8c1e.qcow2")),
    Stage("booting", BEGAN + timedelta(seconds=1.7), ("node01",)),
    Stage("registering"),
    Stage("running"),
)


def under_way() -> Progress:
    return Progress("vm-8c1e", "node01", WAITING, NOW + timedelta(minutes=4, seconds=48))


def up() -> Progress:
    last = (
        Stage("registering", BEGAN + timedelta(seconds=9)),
        Stage("running", BEGAN + timedelta(seconds=14), ("the guest agent answers",)),
    )
    return Progress("vm-8c1e", "node01", (*WAITING[:3], *last))


def nowhere() -> Progress:
    stages = (WAITING[0], *(Stage(each.name) for each in WAITING[1:]))
    return Progress("vm-8c1e", "", stages, None, NOW, "no host", REASONS)


AGAINST = (
    "node01: cores short by 12, memory short by 96 GiB",
    "node02: state is no scheduler",
    "node03: does not answer since 14:01:30",
    "node04: state is disabled",
)
REASONS = "; ".join(AGAINST)
