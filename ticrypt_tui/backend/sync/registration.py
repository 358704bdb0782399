"""Until when a VM must have registered, which is: until its guest's agent answers."""

from __future__ import annotations

from datetime import datetime, timedelta

HEARD_OUT = timedelta(seconds=15)
"""How long a console itself has asked a VM before it ends it: it may have looked away until now."""
SOONEST, LATEST = 1.0, 5.0
"""Seconds between two questions to one VM, at first and at last."""


def register_by(started: datetime | None, timeout: timedelta | None) -> datetime | None:
    """The time by which a VM must have registered; None where it need not, or not yet."""
    return None if started is None or timeout is None else started + timeout


def given_up(
    started: datetime | None, timeout: timedelta | None, asked_since: datetime, at: datetime
) -> bool:
    """Whether a VM that still does not answer is to be ended.

    The time counts from its start. Who has just begun to ask, because the host did not answer or no
    console was open, first hears it out.
    """
    until = register_by(started, timeout)
    if until is None or timeout is None:
        return False
    return at >= max(until, asked_since + min(timeout, HEARD_OUT))


def pause(tries: int) -> float:
    """Seconds until a VM that did not answer so many times is asked again."""
    return min(SOONEST + tries / 10, LATEST)
