"""What all screens share: the enclave, what was said, what runs, and which panels are open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ticrypt_tui.screens.messages import Messages
from ticrypt_tui.screens.runs import Runs

if TYPE_CHECKING:
    from ticrypt_tui.screens.audit_feed import AuditFeed
    from ticrypt_tui.screens.enclave import Enclave

Clock = Callable[[], datetime]
Work = Callable[[], Awaitable[None]]


def local_now() -> datetime:
    """The local time, with its zone."""
    return datetime.now().astimezone()


@dataclass
class Console:
    """The state of one open console. The app makes it, and gives it to every screen."""

    clock: Clock = local_now
    enclave: Enclave | None = None
    opening: str = "Opening the enclave"
    broken: bool = False
    """Whether the opening came to nothing, for a reason that `opening` then says."""
    dock_open: bool = False
    detail_open: bool = False
    counts: dict[str, int] = field(default_factory=dict)
    first_look: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    """Rows by tab as the store has them, to be shown until the enclave is open."""
    messages: Messages = field(init=False)
    runs: Runs = field(init=False)
    work: Callable[[str, Work], None] = field(init=False)
    """Does something beside the event loop's turn; what it is doing is named in a crash message."""
    changed: Callable[[], None] = field(init=False)
    """Tells whoever is on screen that something here is different."""

    cursor_told: Callable[[int, int], None] = lambda column, row: None
    """Told where the terminal's cursor is, when the terminal was asked."""

    def __post_init__(self) -> None:
        self.messages = Messages(self.clock)
        self.runs = Runs(self.clock)

    @cached_property
    def audit(self) -> AuditFeed:
        """What the audit dock shows, on whatever screen."""
        from ticrypt_tui.screens.audit_feed import AuditFeed

        return AuditFeed()
