"""The lines of an audit tail, and what can be asked of the log there: to verify and test itself."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.screens.audit_feed import TITLES
from ticrypt_tui.screens.keys import bound
from ticrypt_tui.screens.messages import Tone
from ticrypt_tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from ticrypt_tui.screens.audit_feed import AuditFeed
    from ticrypt_tui.screens.console import Console

PATIENCE = 10.0
"""Seconds that the self-test waits for its record to be on screen."""


class AuditLines(LineView):
    """Audit records as they are written."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("audit.verify", "verify", "verify the chain"),
        bound("audit.selftest", "selftest", "self-test"),
    ]

    def __init__(self, console: Console, feed: AuditFeed) -> None:
        super().__init__(ring=feed.ring, columns=TITLES)
        self._shared, self._feed = console, feed

    def _settle(self) -> None:
        super()._settle()
        self._feed.painted()

    def action_verify(self) -> None:
        """Check the whole log."""
        self._shared.messages.add(Tone.RUNNING, "Verifying the whole audit log.")
        self._shared.work("verifying the audit log", self._verify)

    def action_selftest(self) -> None:
        """Write a record, and take the time until it is on screen."""
        self._shared.work("testing the audit log", self._test)

    async def _verify(self) -> None:
        assert self._shared.enclave is not None
        verdict = await self._shared.enclave.run("audit.verify", {})
        self._shared.messages.add(Tone.DONE, verdict.sentence)

    async def _test(self) -> None:
        assert self._shared.enclave is not None
        began = monotonic()
        test = await self._shared.enclave.run("audit.selftest", {})
        if not await self._feed.until_painted(test.seq, PATIENCE):
            raise Failed(f"Record {test.seq:,} was written, but did not come on screen.")
        took = (monotonic() - began) * 1000
        text = f"Record {test.seq:,} was on screen {took:.0f} ms after the key was pressed."
        self._shared.messages.add(Tone.DONE, f"{text} {test.sentence}")
