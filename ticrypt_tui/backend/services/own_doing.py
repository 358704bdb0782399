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


@asynccontextmanager
async def on_record(
    enclave: Enclave, operation: str, target: Target, why: str
) -> AsyncIterator[dict[str, str]]:
    """Record that the block is attempted, and how it ends; what is put into what is given, too.

    Raises `AuditUnavailable` before the block where it cannot be recorded.
    """
    detail = {"why": why}
    record = Record(operation, uuid.uuid4().hex, "attempted", None, target, detail=dict(detail))
    await enclave.audit.append(record)
    outcome, reason = "done", ""
    try:
        yield detail
    except TicryptError as error:
        outcome, reason = "failed", str(error)
        raise
    except asyncio.CancelledError:
        outcome, reason = "failed", "cut short; what it had done stays done"
        raise
    finally:
        ended = replace(record, outcome=outcome, reason=reason, detail=detail)
        with suppress(AuditUnavailable):
            await asyncio.shield(enclave.audit.append(ended))
