"""What leaves to a field whatever is typed while it has the focus itself."""

from __future__ import annotations

from textual import events
from textual.widget import Widget
from textual.widgets import Input


class TypedPast(Widget):
    """Begins with the first letter to type in its field, if it has one: none is lost.

    Which of the two a key is for is settled before either has it queued, so that of keys that come
    in a burst none overtakes another.
    """

    field: Input | None = None

    def _forward_event(self, event: events.Event) -> None:
        if self.field is not None and _is_text(event):
            self.screen.set_focus(self.field)
            self.field._forward_event(event)
        else:
            super()._forward_event(event)


def _is_text(event: events.Event) -> bool:
    """Whether it is text that is typed or pasted; a space alone presses what has the focus."""
    if isinstance(event, events.Key):
        return event.is_printable and event.character != " "
    return isinstance(event, events.Paste)
