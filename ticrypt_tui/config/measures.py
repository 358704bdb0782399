"""Durations and sizes as people write them in the configuration: `5m`, `1h30m`, `16 GiB`."""

from __future__ import annotations

import re
from datetime import timedelta

_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_BYTES = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40, "PiB": 2**50}
_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(B|[KMGTP]iB)")


def duration(text: object) -> timedelta:
    """A time above zero, written as `2d`, `1h30m`, `5m` or `90s`; raises `ValueError`."""
    found = _DURATION.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise ValueError("is not a duration")
    parts = zip(_SECONDS.values(), found.groups(), strict=True)
    seconds = sum(unit * int(count or 0) for unit, count in parts)
    try:
        if seconds:
            return timedelta(seconds=seconds)
    except OverflowError:
        pass
    raise ValueError("is not a duration that can be waited for")


def written_duration(span: timedelta | None) -> str:
    """A duration as `duration_or_off` reads it."""
    left, parts = int(span.total_seconds()) if span else 0, []
    for unit, seconds in _SECONDS.items():
        count, left = divmod(left, seconds)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "off"


def duration_or_off(text: object) -> timedelta | None:
    """A duration, or None for the word `off`; raises `ValueError`."""
    return None if text == "off" else duration(text)


def size(text: object) -> int:
    """Bytes, at least one, written as `512 MiB` or `16 TiB`; raises `ValueError`."""
    found = _SIZE.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise ValueError("is not a size")
    bytes_ = int(float(found[1]) * _BYTES[found[2]])
    if not 1 <= bytes_ < 2**63:
        raise ValueError("is not a size that a disk can have")
    return bytes_


def size_or_off(text: object) -> int | None:
    """A size, or None for the word `off`; raises `ValueError`."""
    return None if text == "off" else size(text)


def written_size(bytes_: int | None) -> str:
    """A size as `size_or_off` reads it, in the largest unit that needs no fraction."""
    if bytes_ is None:
        return "off"
    unit = max((each for each in _BYTES if bytes_ % _BYTES[each] == 0), key=_BYTES.__getitem__)
    return f"{bytes_ // _BYTES[unit]} {unit}"
