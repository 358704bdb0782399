"""How a VM ended, from who asked for it and from what its hypervisor says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.drivers.base import DomainEnded, Ending
from ticrypt_tui.backend.store.tables.machines import Vm, VmEnd
from ticrypt_tui.backend.sync.endings import Told, how_it_ended, told_by_event, told_by_log

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
OWNER, OTHER, NOBODY = "owner", "other", None


def ended(
    ending: Ending, asked_by: str | None = NOBODY, role: Role | None = None, *, forced: bool = False
) -> VmEnd:
    vm = Vm(
        realm_id="lab", name="it", cores=1, memory_mib=64, owner_id=OWNER,
        shutdown_asked_by=asked_by, forced=forced,
    )  # fmt: skip
    return how_it_ended(vm, role, Told(ending, "", NOON))


@pytest.mark.parametrize(
    ("ending", "asked_by", "role", "forced", "end"),
    [
        (Ending.BY_GUEST, NOBODY, None, False, VmEnd.BY_GUEST),
        (Ending.BY_GUEST, OWNER, Role.USER, False, VmEnd.BY_OWNER),
        (Ending.BY_GUEST, OWNER, Role.SUB_ADMIN, False, VmEnd.BY_OWNER),
        (Ending.BY_GUEST, OTHER, Role.SUB_ADMIN, False, VmEnd.BY_ADMIN),
        (Ending.BY_GUEST, OTHER, Role.USER, False, VmEnd.BY_OWNER),
        (Ending.BY_GUEST, OTHER, Role.ADMIN, False, VmEnd.BY_ADMIN),
        (Ending.BY_GUEST, OWNER, Role.SUPER_ADMIN, False, VmEnd.BY_ADMIN),
        (Ending.BY_GUEST, OTHER, Role.ADMIN, True, VmEnd.BY_ADMIN),
        (Ending.DESTROYED, OTHER, Role.ADMIN, True, VmEnd.FORCED_OFF),
        (Ending.DESTROYED, OWNER, Role.USER, True, VmEnd.FORCED_OFF),
        (Ending.DESTROYED, OTHER, Role.ADMIN, False, VmEnd.DESTROYED_OUTSIDE),
        (Ending.DESTROYED, NOBODY, None, False, VmEnd.DESTROYED_OUTSIDE),
        (Ending.CRASHED, NOBODY, None, False, VmEnd.CRASHED),
        (Ending.CRASHED, OTHER, Role.ADMIN, False, VmEnd.CRASHED),
        (Ending.FAILED, NOBODY, None, False, VmEnd.CRASHED),
        (Ending.UNKNOWN, NOBODY, None, False, VmEnd.LOST),
        (Ending.UNKNOWN, OTHER, Role.ADMIN, True, VmEnd.FORCED_OFF),
        (Ending.UNKNOWN, OTHER, Role.ADMIN, False, VmEnd.BY_ADMIN),
    ],
)
def test_the_word_for_an_end(
    ending: Ending, asked_by: str | None, role: Role | None, forced: bool, end: VmEnd
) -> None:
    assert ended(ending, asked_by, role, forced=forced) is end


def test_an_event_tells_what_libvirt_said() -> None:
    event = DomainEnded("host-1", "1", "vm-1", Ending.CRASHED, "the guest crashed", NOON)
    assert told_by_event(event) == Told(Ending.CRASHED, "the guest crashed", NOON)


START = b"2026-11-23 11:00:00.001+0000: starting up libvirt version: 9.0.0, hostname: node01\n"


def log(reason: bytes, *more: bytes) -> bytes:
    end = b"2026-11-23 12:00:00.000+0000: shutting down, reason=" + reason + b"\n"
    return START + b"qemu-system-x86_64: some warning\n" + end + b"".join(more)


@pytest.mark.parametrize(
    ("reason", "ending"),
    [
        (b"shutdown", Ending.BY_GUEST),
        (b"destroyed", Ending.DESTROYED),
        (b"crashed", Ending.CRASHED),
        (b"failed", Ending.FAILED),
        (b"from-snapshot", Ending.UNKNOWN),
    ],
)
def test_qemus_log_tells_how_it_ended_and_when(reason: bytes, ending: Ending) -> None:
    told = told_by_log(log(reason))
    assert told is not None
    assert (told.ending, told.at) == (ending, NOON)


def test_a_log_that_does_not_end_with_a_reason_tells_nothing() -> None:
    assert told_by_log(START) is None
    assert told_by_log(b"") is None


def test_a_domain_that_was_started_again_has_not_ended() -> None:
    assert told_by_log(log(b"destroyed", START)) is None


def test_a_domain_that_moved_to_another_host_has_not_ended() -> None:
    assert told_by_log(log(b"migrated")) is None


def test_a_guest_cannot_forge_an_end_inside_a_line() -> None:
    assert (
        told_by_log(START + b"char device redirected: 2026-11-23 shutting down, reason=x\n") is None
    )


def test_bytes_that_are_no_text_do_no_harm() -> None:
    assert told_by_log(b"\xff\x9b[2J\n" + log(b"shutdown")) is not None
