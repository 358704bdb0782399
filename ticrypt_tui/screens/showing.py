"""How moments, sizes and absent values are written in a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

NONE = "–"
TO_COME = "…"


def today() -> date:
    """The local date: a moment of today is shown by its time alone."""
    return datetime.now().astimezone().date()


def or_none(text: str | None) -> str:
    """Text, or a dash where there is none."""
    return text or NONE


def moment(at: datetime | None) -> str:
    """A local time of today as 14:00:07, of this year as Nov 21 09:14, else its date."""
    if at is None:
        return NONE
    local, now = at.astimezone(), today()
    if local.date() == now:
        return f"{local:%H:%M:%S}"
    return f"{local:%b %d %H:%M}" if local.year == now.year else f"{local:%Y-%m-%d}"


def short_moment(at: datetime) -> str:
    """A local time of today as 14:00:07, else its day, in at most eight cells."""
    local, now = at.astimezone(), today()
    if local.date() == now:
        return f"{local:%H:%M:%S}"
    return f"{local:%b %d}" if local.year == now.year else f"{local:%Y-%m}"


def lasted(began: datetime | None, ended: datetime) -> str:
    """How long something took, in its two largest units."""
    if began is None:
        return NONE
    span = max(ended - began, timedelta())
    hours, rest = divmod(int(span.total_seconds()), 3600)
    minutes, seconds = divmod(rest, 60)
    if hours >= 24:
        return f"{hours // 24} d {hours % 24} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"


def counted(number: int, noun: str) -> str:
    """A number of things, in words: 1 VM, 3 VMs."""
    return f"{number} {noun}" if number == 1 else f"{number:,} {noun}s"


def named(names: Sequence[str], at_most: int = 8) -> str:
    """Some names, and how many more there are."""
    more = len(names) - at_most
    said = ", ".join(names[:at_most])
    return f"{said} and {more} more" if more > 0 else said


def of_all(used: int, total: int) -> str:
    """How much of it all is used; a dash where nothing says how much there is."""
    return f"{used}/{total or NONE}"


def gib(mebibytes: int) -> str:
    """A size in GiB, with as many decimals as it needs, at most two."""
    return f"{mebibytes / 1024:.2f}".rstrip("0").rstrip(".")


def gib_of_bytes(amount: int) -> str:
    """Bytes in GiB, as `gib` writes them; what is there but very little is not 0."""
    said = gib(amount // 2**20)
    return "<0.01" if amount and said == "0" else said


def size(amount: int) -> str:
    """Bytes as a size is typed, exactly: 2 TiB, 512 MiB."""
    units = ("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)
    found = next(((name, bits) for name, bits in units if amount % 2**bits == 0), None)
    return f"{amount // 2 ** found[1]} {found[0]}" if found else f"{amount} B"
