"""What a console does by itself, on record as an operation of nobody's."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from ticrypt_tui.backend.errors import AuditUnavailable, TicryptError
from ticrypt_tui.backend.operations import Record, Target

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave


def attempt(operation: str, target: Target, **detail: str) -> Record:
    """The record that a console attempts something by itself."""
    return Record(operation, uuid.uuid4().hex, "attempted", None, target, detail=detail)


@asynccontextmanager
async def on_record(
    enclave: Enclave, operation: str, target: Target, why: str
) -> AsyncIterator[dict[str, str]]:
    """Record that the block is attempted, and how it ends; what is put into what is given, too.

    Raises `AuditUnavailable` before the block where it cannot be recorded.
    """
    record = attempt(operation, target, why=why)
    await enclave.audit.append(record)
    async with ending_recorded(enclave, record) as detail:
        yield detail


@asynccontextmanager
async def ending_recorded(enclave: Enclave, attempted: Record) -> AsyncIterator[dict[str, str]]:
    """Record how the block ends whose attempt is recorded; what is put into what is given, too."""
    detail = dict(attempted.detail)
    outcome, reason = "failed", "it ended unexpectedly"
    try:
        yield detail
        outcome, reason = "done", ""
    except TicryptError as error:
        reason = str(error)
        raise
    except asyncio.CancelledError:
        reason = "cut short; what it had done stays done"
        raise
    finally:
        ended = replace(attempted, outcome=outcome, reason=reason, detail=detail)
        with suppress(AuditUnavailable):
            await asyncio.shield(enclave.audit.append(ended))
