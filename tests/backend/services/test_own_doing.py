"""What a console does by itself is on record, however it ends."""

from __future__ import annotations

import asyncio

import pytest

from ticrypt_tui.backend.audit.records import AuditRecord
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.backend.operations import Target
from ticrypt_tui.backend.services.own_doing import on_record

TARGET = Target("realm", "lab", "Lab")


async def done(enclave: Enclave, error: BaseException | None = None) -> None:
    async with on_record(enclave, "license.resync", TARGET, "periodic") as detail:
        detail["changed"] = "2"
        if error is not None:
            raise error


async def last_two(enclave: Enclave) -> list[AuditRecord]:
    return list((await enclave.records())[-2:])


async def test_its_attempt_and_its_end_are_recorded_as_nobodys(enclave: Enclave) -> None:
    await done(enclave)
    attempted, ended = await last_two(enclave)
    assert (attempted.outcome, ended.outcome) == ("attempted", "done")
    assert attempted.operation_id == ended.operation_id
    assert ended.login == "system"
    assert attempted.detail == {"why": "periodic"}
    assert ended.detail == {"why": "periodic", "changed": "2"}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Failed("The host is away."), "The host is away."),
        (asyncio.CancelledError(), "cut short; what it had done stays done"),
        (ZeroDivisionError(), "it ended unexpectedly"),
    ],
)
async def test_one_that_fails_is_recorded_with_the_reason(
    enclave: Enclave, error: BaseException, reason: str
) -> None:
    with pytest.raises(type(error)):
        await done(enclave, error)
    assert [(each.outcome, each.reason) for each in await last_two(enclave)] == [
        ("attempted", ""),
        ("failed", reason),
    ]
