from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.backend.audit.builders import assert_whole
from ticrypt_tui.backend.audit import tail
from ticrypt_tui.backend.audit.interrupted import record_interrupted
from ticrypt_tui.backend.audit.log import AuditLog
from ticrypt_tui.backend.caller import Caller, Origin, process_started
from ticrypt_tui.backend.operations import Record

Make = Callable[..., Record]


def by(record: Record, origin: Origin) -> Record:
    """The same record, made by another process."""
    assert isinstance(record.caller, Caller)
    return replace(record, caller=replace(record.caller, origin=origin))


@pytest.fixture
def dead(origin: Origin) -> Origin:
    """A process of this machine that has ended."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    started = process_started(child.pid)
    child.communicate(b"\n", timeout=60)
    return replace(origin, pid=child.pid, pid_started=started)


@pytest.fixture
def alive(origin: Origin) -> Origin:
    """This very process."""
    return replace(origin, pid=os.getpid(), pid_started=process_started(os.getpid()))


async def test_the_attempt_of_a_dead_process_is_given_an_outcome(
    log: AuditLog, record: Make, dead: Origin
) -> None:
    await log.append(by(record("attempted"), dead))
    (found,) = await record_interrupted(log)
    assert (found.outcome, found.operation, found.operation_id) == (
        "interrupted",
        "vm.shutdown",
        "op-1",
    )
    assert (found.target_id, found.target_name) == ("vm-7", "tiny-3")
    assert (found.login, found.pid) == ("system", log.origin.pid)
    assert found.reason == f"Process {dead.pid} of mara ended first; it may have taken effect."
    assert await tail.newest(log.database, 1) == (found,)
    await assert_whole(log, 2)


async def test_it_is_reported_once(log: AuditLog, record: Make, dead: Origin) -> None:
    await log.append(by(record("attempted"), dead))
    assert len(await record_interrupted(log)) == 1
    assert await record_interrupted(log) == ()


async def test_an_attempt_with_an_outcome_was_not_interrupted(
    log: AuditLog, record: Make, dead: Origin
) -> None:
    for outcome in ("attempted", "done"):
        await log.append(by(record(outcome), dead))
    await log.append(by(record("refused", "op-2"), dead))
    assert await record_interrupted(log) == ()


async def test_an_attempt_of_a_living_process_is_left_alone(
    log: AuditLog, record: Make, alive: Origin
) -> None:
    await log.append(by(record("attempted"), alive))
    assert await record_interrupted(log) == ()


async def test_a_pid_that_another_process_has_now_does_not_hide_an_interruption(
    log: AuditLog, record: Make, alive: Origin
) -> None:
    earlier = replace(alive, pid_started=alive.pid_started - 1)
    await log.append(by(record("attempted"), earlier))
    assert len(await record_interrupted(log)) == 1


async def test_the_attempts_of_other_machines_are_theirs_to_judge(
    log: AuditLog, record: Make, dead: Origin
) -> None:
    await log.append(by(record("attempted"), replace(dead, machine="console-2")))
    assert await record_interrupted(log) == ()
