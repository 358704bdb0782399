"""The order that people expect: vm-2 before vm-10, capitals beside small letters, nothing last."""

from __future__ import annotations

import re
from typing import Any

_DIGITS = re.compile(r"\d+")
SortKey = tuple[int, Any]


def _padded(match: re.Match[str]) -> str:
    digits = match[0].lstrip("0")
    return f"0{chr(len(digits))}{digits}"


def natural(text: str) -> str:
    """A string that sorts as `text` does by its words and numbers.

    Each number is led by its length, so that plain comparison of strings, which is the quickest
    there is, puts 2 before 10.
    """
    return _DIGITS.sub(_padded, text.casefold())


def sort_key(value: Any) -> SortKey:
    """What to sort a value by: numbers and times, then text, then what is not known."""
    if value is None:
        return (2, 0)
    if isinstance(value, str):
        return (1, natural(value))
    return (0, value)
