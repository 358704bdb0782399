"""What the console has said: every message with its time and full text, until the console ends."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

KEPT = 1000


class Tone(StrEnum):
    """What kind of thing a message says; the word itself is shown."""

    NOTE = "note"
    DONE = "done"
    RUNNING = "running"
    REFUSED = "refused"
    FAILED = "failed"
    CRASHED = "crashed"


SYMBOLS = {
    Tone.NOTE: "·",
    Tone.DONE: "✓",
    Tone.RUNNING: "…",
    Tone.REFUSED: "!",
    Tone.FAILED: "✗",
    Tone.CRASHED: "✗",
}
STYLES = {
    Tone.NOTE: "$text-muted",
    Tone.DONE: "$success",
    Tone.RUNNING: "$accent",
    Tone.REFUSED: "$warning",
    Tone.FAILED: "$error",
    Tone.CRASHED: "$error",
}


@dataclass(frozen=True, slots=True)
class Message:
    """One thing said: `subject` names the object, `detail` may have lines of its own."""

    at: datetime
    tone: Tone
    text: str
    detail: str = ""


class Messages:
    """The messages of this console, the newest last; `unread` since the list was last looked at."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._kept: deque[Message] = deque(maxlen=KEPT)
        self.unread = 0
        self.added: Callable[[Message], None] = lambda message: None
        """Told of each new message; the app shows it."""

    def add(self, tone: Tone, text: str, detail: str = "", *, seen: bool = False) -> None:
        """Keep a message; `seen` where a dialog has shown it already."""
        message = Message(self._clock(), tone, text, detail)
        self._kept.append(message)
        if not seen:
            self.unread += 1
            self.added(message)

    def read(self) -> None:
        """Take all messages as read."""
        self.unread = 0

    def __iter__(self) -> Iterator[Message]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)
