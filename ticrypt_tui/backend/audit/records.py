"""What one audit record says, and the exact bytes that are hashed (reliability.md B)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ticrypt_tui.backend.caller import Origin
    from ticrypt_tui.backend.operations import Record

VERSION = 1
GENESIS = "0" * 64
LONGEST_TEXT = 4096
_SECRET_WORDS = ("password", "passphrase", "secret", "token", "private_key")


class Place(NamedTuple):
    """A place in the chain: a record's sequence number and hash; before the first, 0 and zeros."""

    seq: int = 0
    hash: str = GENESIS


class Severity(StrEnum):
    """How loud a record is: tiAudit's scale (domain.md 6)."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


_SEVERITY = {
    "attempted": Severity.INFO,
    "done": Severity.LOW,
    "refused": Severity.MEDIUM,
    "failed": Severity.HIGH,
    "interrupted": Severity.CRITICAL,
}


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One record as read back; `body` is the canonical JSON that was hashed."""

    seq: int
    at: datetime
    operation: str
    outcome: str
    login: str = ""
    target_kind: str = ""
    target_id: str = ""
    target_name: str = ""
    reason: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)
    operation_id: str = ""
    uid: int = 0
    role: str = ""
    machine: str = ""
    pid: int = 0
    pid_started: int = 0
    session: str = ""
    terminal: str = ""
    ssh_client: str = ""
    previous: str = GENESIS
    hash: str = ""
    body: str = "{}"

    @property
    def severity(self) -> Severity:
        """Follows from the outcome alone; an outcome of a newer version is medium."""
        return _SEVERITY.get(self.outcome, Severity.MEDIUM)

    @property
    def line(self) -> str:
        """The record as one line of JSON, as the file has it, without its end of line."""
        return line_of(self.body, self.hash)


def entry_of(record: Record, here: Origin, at: datetime) -> dict[str, Any]:
    """What a record says before it has its place: everything but `seq` and `prev`.

    Records without a caller are the system's, from the process that `here` names.
    """
    caller = record.caller
    origin = caller.origin if caller else here
    return {
        **_written_by(origin, at),
        "actor": _actor(caller.login, origin, caller.role) if caller else _system(origin),
        "action": record.operation,
        "object": {
            "kind": record.target.kind,
            "id": _bounded(record.target.id),
            "name": _bounded(record.target.name),
        },
        "outcome": record.outcome,
        "reason": _bounded(record.reason),
        "detail": {key: _harmless(key, value) for key, value in record.detail.items()},
        "op_id": record.operation_id,
    }


def interruption_of(attempt: AuditRecord, here: Origin, at: datetime) -> dict[str, Any]:
    """The system's record that the process of an attempt died before it recorded the outcome."""
    reason = f"Process {attempt.pid} of {attempt.login} ended first; it may have taken effect."
    return {
        **json.loads(attempt.body),
        **_written_by(here, at),
        "actor": _system(here),
        "outcome": "interrupted",
        "reason": reason,
    }


def _written_by(origin: Origin, at: datetime) -> dict[str, Any]:
    return {
        "v": VERSION,
        "ts": moment(at),
        "host": origin.machine,
        "pid": origin.pid,
        "pid_started": origin.pid_started,
        "session": origin.session,
        "src": {"tty": origin.terminal, "ssh_client": origin.ssh_client},
    }


def moment(at: datetime) -> str:
    """A time as records have it: UTC with microseconds, such as 2026-03-01T12:00:00.000007Z."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def _system(origin: Origin) -> dict[str, Any]:
    return _actor("system", origin, "system")


def _actor(login: str, origin: Origin, role: str) -> dict[str, Any]:
    return {"login": login, "uid": origin.uid, "role": str(role)}


def _harmless(key: str, value: str) -> str:
    """Secrets never reach the log, even if an operation forgot to mark its argument as one."""
    secret = any(word in key.lower() for word in _SECRET_WORDS)
    return "hidden" if secret else _bounded(value)


def _bounded(text: str) -> str:
    cut = len(text) - LONGEST_TEXT
    return text if cut <= 0 else f"{text[:LONGEST_TEXT]}… ({cut} more characters)"


def chained(entry: Mapping[str, Any], seq: int, previous: str) -> tuple[str, str]:
    """The body and the hash of an entry that gets its place in the chain."""
    body = canonical({**entry, "seq": seq, "prev": previous})
    return body, hash_of(body)


def canonical(value: Any) -> str:
    """The one JSON text of a value: sorted keys, ASCII only, no spaces.

    Raises `TypeError` for anything but text, whole numbers, flags, null, lists and mappings of
    text: a float has no canonical form.
    """
    _check(value)
    return _CANONICAL.encode(value)


_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=True, separators=(",", ":"))


_PLAIN = {str, int, bool, type(None)}


def _check(value: Any) -> None:
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("a record's keys are text")
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            if type(each) not in _PLAIN:  # most are, and a call for each takes its time
                _check(each)
    elif not (value is None or isinstance(value, str | int)):
        raise TypeError(f"{type(value).__name__} has no canonical form in a record")


def hash_of(body: str) -> str:
    """SHA-256 over 0x00 and the body: RFC 6962's leaf hash, so that a tree can be built on it."""
    return hashlib.sha256(b"\x00" + body.encode("ascii", "backslashreplace")).hexdigest()


def line_of(body: str, digest: str) -> str:
    """The record's line in the file: the body, with the hash as one more key at its end."""
    return f'{body[:-1]},"hash":"{digest}"}}'


def read(body: str, digest: str) -> AuditRecord:
    """A record read back; raises `ValueError` if the body is no record."""
    try:
        return _read(json.loads(body), body, digest)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not an audit record: {type(error).__name__}: {error}") from error


def _read(said: Any, body: str, digest: str) -> AuditRecord:
    actor, source, target = said["actor"], said["src"], said["object"]
    return AuditRecord(
        seq=int(said["seq"]),
        at=datetime.fromisoformat(said["ts"]),
        operation=str(said["action"]),
        operation_id=str(said["op_id"]),
        outcome=str(said["outcome"]),
        login=str(actor["login"]),
        uid=int(actor["uid"]),
        role=str(actor["role"]),
        target_kind=str(target["kind"]),
        target_id=str(target["id"]),
        target_name=str(target["name"]),
        reason=str(said["reason"]),
        detail={key: str(value) for key, value in said["detail"].items()},
        machine=str(said["host"]),
        pid=int(said["pid"]),
        pid_started=int(said["pid_started"]),
        session=str(said["session"]),
        terminal=str(source["tty"]),
        ssh_client=str(source["ssh_client"]),
        previous=str(said["prev"]),
        hash=digest,
        body=body,
    )


def unreadable(seq: int, operation_id: str, outcome: str, body: str, digest: str) -> AuditRecord:
    """What stands for a record whose body is damaged, so that a tail can go on."""
    return AuditRecord(
        seq=seq,
        at=datetime.fromtimestamp(0, UTC),
        operation="unreadable",
        outcome=outcome,
        reason="This record is damaged; the verification of the log says more.",
        operation_id=operation_id,
        hash=digest,
        body=body,
    )
