"""What shows that auditing works, as the status line, the banner and the tab say it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ticrypt_tui.backend.audit.log import AuditLog
from ticrypt_tui.backend.audit.verify import Verdict


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows that auditing works, each in a few words; `alarm` is a sentence, or ''.

    `latency` is the seconds that the last record took to be written, if one was. `forgeable` says
    who reads the key of the checkpoints here, and so could forge them, or ''.
    """

    verified: str
    signed: str
    forgeable: str
    heartbeat: str
    second_sink: str
    latency: float | None
    alarm: str


@dataclass(slots=True)
class Standing:
    """What was last found of a log that has checkpoints and a heartbeat, or has not.

    `unsigned` and `unkept` are why it cannot be signed, or kept within its bounds, or ''; `missed`
    is since when its heartbeat is overdue.
    """

    has_checkpoints: bool
    has_heartbeat: bool
    verdict: Verdict | None = None
    checked: datetime | None = None
    unsigned: str = ""
    unkept: str = ""
    last_beat: datetime | None = None
    missed: datetime | None = None

    @property
    def good(self) -> Verdict | None:
        """The last verdict, where it found nothing wrong: from there on is checked next."""
        return self.verdict if self.verdict and self.verdict.ok else None

    @property
    def sentence(self) -> str:
        """Such as `chain ok at 14:02:11`, in local time."""
        if self.verdict is None or self.checked is None:
            return "chain not checked yet"
        if not self.verdict.ok:
            return f"CHAIN BROKEN at record {self.verdict.first_bad}"
        return f"chain ok at {self.checked:%H:%M:%S}"

    def proof(self, audit: AuditLog, forger: str) -> Proof:
        """All of it; `forger` is who reads the key of the checkpoints here, or ''."""
        return Proof(
            verified=self._verification(),
            signed=self._signature(),
            forgeable=f"{forger} reads the key and could forge them" if forger else "",
            heartbeat=self._heartbeat(),
            second_sink="second sink FAILS" if audit.file_fault else "second sink ok",
            latency=audit.latency,
            alarm=self._alarm(),
        )

    def _verification(self) -> str:
        if self.verdict is None or self.checked is None:
            return "being verified"
        if not self.verdict.ok:
            return f"BROKEN at record {self.verdict.first_bad:,}"
        return f"verified to {self.verdict.up_to:,} at {self.checked:%H:%M:%S}"

    def _signature(self) -> str:
        if not self.has_checkpoints:
            return "no checkpoints ([audit] checkpoint_key)"
        if self.unsigned:
            return "checkpoints FAIL"
        if self.verdict is None or self.verdict.key is None or self.verdict.signed is None:
            return "not signed yet"
        return f"signed to {self.verdict.signed_up_to:,} by {self.verdict.key.name}"

    def _heartbeat(self) -> str:
        if not self.has_heartbeat:
            return "no heartbeat"
        if self.missed:
            return f"heartbeat OVERDUE since {self.missed.astimezone():%H:%M:%S}"
        if self.last_beat is None:
            return "no heartbeat yet"
        return f"heartbeat {self.last_beat.astimezone():%H:%M}"

    def _alarm(self) -> str:
        if self.verdict and not self.verdict.ok:
            return f"The audit log is broken: {self.verdict.sentence}"
        if self.missed:
            since = f"{self.missed.astimezone():%H:%M:%S}"
            return f"The audit log's heartbeat is overdue since {since}: nobody writes to it."
        return self.unsigned or self.unkept
