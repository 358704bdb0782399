"""The head of the audit tab: what shows at this moment that auditing works."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ticrypt_tui.widgets.one_line import Piece

if TYPE_CHECKING:
    from ticrypt_tui.screens.audit_feed import AuditFeed
    from ticrypt_tui.screens.console import Console
    from ticrypt_tui.screens.enclave import Proof

_STEP = 5
_BAD = "bold $error"
FULL = ("last line", "{} a minute", "written in {:.1f} ms")
BRIEF = ("last", "{}/min", "{:.1f} ms")


def written(console: Console, feed: AuditFeed, *, briefly: bool) -> list[Piece]:
    """What comes in: the last line, lines a minute, how long a record takes, where else it goes."""
    if console.enclave is None:
        return []
    now, proof = console.clock(), console.enclave.status.proof
    last, pace, took = BRIEF if briefly else FULL
    rate = pace.format(feed.per_minute(now))
    said = [_last_line(last, feed.last_at, now), Piece(f" · {rate}", "", 3)]
    if proof.latency is not None:
        said.append(Piece(f" · {took.format(proof.latency * 1000)}", "", 2))
    for text, rank in ((proof.second_sink, 1), (proof.heartbeat, 0)):
        said.append(Piece(f" · {text}", _style(text), rank))
    return said


def proven(console: Console) -> list[Piece]:
    """How far the log is verified, and how far signed."""
    if console.enclave is None:
        return []
    proof = console.enclave.status.proof
    return [
        Piece(proof.verified, _style(proof.verified)),
        Piece(f" · {proof.signed}", _style(proof.signed), 1),
    ]


def warning(console: Console) -> list[Piece]:
    """What an admin must know of the checkpoints' worth here, if anything."""
    proof: Proof | None = console.enclave.status.proof if console.enclave else None
    if proof is None or not proof.forgeable:
        return []
    return [Piece(f"checkpoints: {proof.forgeable}", "$warning")]


def _last_line(title: str, at: datetime | None, now: datetime) -> Piece:
    if at is None:
        return Piece("no line yet")
    return Piece(f"{title} {at:%H:%M:%S}Z, {ago(now - at)}")


def ago(since: timedelta) -> str:
    """Roughly, so that it does not change with every second."""
    seconds = max(int(since.total_seconds()), 0)
    if seconds < _STEP:
        return "just now"
    if seconds < 60:
        return f"{seconds // _STEP * _STEP} s ago"
    minutes = seconds // 60
    return f"{minutes} min ago" if minutes < 120 else f"{minutes // 60} h ago"


def _style(text: str) -> str:
    """A word in capitals is an alarm."""
    return _BAD if any(word.isupper() and len(word) > 2 for word in text.split()) else ""
