"""The lines of an audit tail, and what can be asked of the log there: to verify and test itself."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.screens.audit import SEVERITIES
from ticrypt_tui.screens.audit_feed import SEVERITY, TITLES
from ticrypt_tui.screens.audit_objects import place_of
from ticrypt_tui.screens.frame import GoTo
from ticrypt_tui.screens.keys import bound
from ticrypt_tui.screens.messages import Tone
from ticrypt_tui.text import shown
from ticrypt_tui.widgets.line_view import LineView
from ticrypt_tui.widgets.prompt import Prompt
from ticrypt_tui.widgets.query import OneOf, Query

if TYPE_CHECKING:
    from ticrypt_tui.screens.audit_feed import AuditFeed
    from ticrypt_tui.screens.console import Console
    from ticrypt_tui.screens.enclave import AuditRecord

PATIENCE = 10.0
"""Seconds that the self-test waits for its record to be on screen."""

HINTS = {
    "detail": "the whole record", "audit.hold": "hold", "last": "follow", "audit.jump": "object",
    "filter": "filter", "audit.severity": "severity", "audit.verify": "verify",
    "audit.selftest": "self-test", "audit.search": "search", "export": "save",
    "audit.copy": "copy", "go": "go to",
}  # fmt: skip
"""What is said of the keys that work on audit lines, the most important first."""


class AuditLines(LineView):
    """Audit records as they are written."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("back", "unfilter", "clear the filter"),
        bound("audit.severity", "severity", "only what is this severe, or more"),
        bound("audit.search", "search", "search", at_once=True),
        bound("audit.jump", "jump", "open the object of the line"),
        bound("audit.copy", "copy", "copy the line as JSON"),
        bound("export", "save", "save what is shown to a file"),
        bound("audit.verify", "verify", "verify the chain"),
        bound("audit.selftest", "selftest", "self-test"),
    ]

    def __init__(self, console: Console, feed: AuditFeed) -> None:
        super().__init__(ring=feed.ring, columns=TITLES)
        self._shared, self._feed = console, feed

    def _settle(self) -> None:
        super()._settle()
        self._feed.painted()

    # What is shown

    def _query(self, text: str) -> Query:
        query = super()._query(text)
        place = SEVERITIES.index(self._feed.least)
        enough = OneOf(frozenset(SEVERITIES[place:]), SEVERITY)
        return replace(query, terms=(*query.terms, enough)) if place else query

    def filter_by(self, text: str) -> str:
        fault = super().filter_by(text)
        self.post_message(self.CountsChanged(self, self.counts, self.following))
        return fault

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where there is no filter to clear, the key for it goes back."""
        return action != "unfilter" or bool(self.filter_text)

    def action_unfilter(self) -> None:
        self.filter_by("")

    def action_severity(self) -> None:
        """Show only what is more severe than so far; after the most severe, everything again."""
        place = SEVERITIES.index(self._feed.least) + 1
        self._feed.least = SEVERITIES[place % len(SEVERITIES)]
        self.filter_by(self.filter_text)

    async def action_search(self) -> None:
        """Ask for a text, and go to the next line that has it."""

        def accept(text: str) -> str:
            return "" if self.search(text) or not text else "It is nowhere in these lines."

        await Prompt("search", "", hint=lambda text: "enter searches", accept=accept).open(
            self.screen
        )

    # What is done with a line

    @property
    def _record(self) -> AuditRecord | None:
        """The record of the line under the cursor."""
        return self.cursor_line.record if self.cursor_line else None

    def on_line_view_chosen(self, event: LineView.Chosen) -> None:
        """Show the whole record of a line."""
        from ticrypt_tui.screens.dialogs.text_view import TextView

        record = event.line.record
        if record is not None:
            view = TextView(f"Audit record {record.seq}", whole(record), self._shared)
            self.app.push_screen(view)

    def action_jump(self) -> None:
        """Go to the object that the line is about."""
        if (record := self._record) is not None:
            self._shared.work("looking for the object", partial(self._jump, record))

    async def _jump(self, record: AuditRecord) -> None:
        assert self._shared.enclave is not None
        tab, row_id, why_not = await place_of(self._shared.enclave, record)
        if why_not:
            self._shared.messages.add(Tone.REFUSED, why_not)
        else:
            self.post_message(GoTo(tab, row_id))

    def action_copy(self) -> None:
        """Send the line's record to the terminal, as JSON (OSC 52)."""
        if (record := self._record) is not None:
            self.app.copy_to_clipboard(record.line)
            text = f"Record {record.seq:,} was sent to the terminal as JSON."
            self._shared.messages.add(Tone.NOTE, text)

    def action_save(self) -> None:
        """Save the lines that are shown to a file."""
        from ticrypt_tui.screens.saving import save, suggested

        path = suggested("audit log", ".log", self._shared.clock())
        write = partial(save, self.screen, self._shared, path, self.save)
        self._shared.work("saving", write)

    # What is asked of the log

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
        seen = any(line.record.seq == test.seq for line, _ in self._rows)
        where = "on screen" if seen else "read, though not shown, as the tail is held or filtered,"
        text = f"Record {test.seq:,} was {where} {took:.0f} ms after the key was pressed."
        self._shared.messages.add(Tone.DONE, f"{text} {test.sentence}")


def whole(record: object) -> str:
    """Every field of a record, one a line, whatever lines its values may have."""
    names = [name for name in getattr(type(record), "__slots__", ()) if name != "body"]
    return "\n".join(f"{name:<14} {shown(getattr(record, name))}" for name in names)
