"""Names that would command a terminal, on every screen, through a real pty."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.screens.walker import SEQUENCE, Walker
from ticrypt_tui.screens.tabs import TABS

# What a person types, and what then is on screen: every tab and every kind of dialog.
WALK = (
    ("", "hosts 25/26"), ("a", "Audit  "), (":rea\r", "3 of 3"), ("i", "Where"),
    ("w", "view configuration of"), ("q", "Where"), ("\x1b", "LAST FIX"),
    (":run\r", "8 of 8"), ("i", "Where"), ("l", "logs of"), ("\t", "[2 "), ("q", "Where"),
    ("\x1b", "NAME"), ("K", "Cancel"), ("\x1b[Z\r", "Failed: "), ("\r", "8 of 8"), ("K", "Cancel"),
    ("\t", "[ ] I accept"), (" ", "Force off"), ("\x1b", "8 of 8"), ("  ", "2 marked"),
    ("K", "2 VMs?"), ("\x1b[Z\r", "2 failed"), ("\r", "2 marked"), ("?", "Keys in"),
    ("\x1b", "2 marked"), ("M", "Messages"), ("q", "2 marked"), ("\x10", "go to the tab"),
    ("v", "VM"), ("\x1b", "2 marked"), ("/zz\r", "No VM fits"), ("\x1b", "8 of 8"),
    (">", "sorted by"), (":pas\r", "4 of 4"), ("i", "Where"), ("l", "logs of"), ("q", "Where"),
    (":aud\r", "Audit log   7 shown"), ("\r", "Audit record"), ("q", "Audit log   7"),
    *((f":{tab.name}\r", f"{tab.title}   ") for tab in TABS),
    (":dri\r", "Drives   "), ("c", "TIERS"), ("i", "Holders"), ("\x1b", "TIERS"), ("p", "Override"),
    ("\x1b", "TIERS"),
)  # fmt: skip
FORBIDDEN = re.compile(
    "[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\U000e0000-\U000e0fff]"
)


def walked(kind: str, columns: int, lines: int) -> Walker:
    """The whole walk: what was written, and what was seen."""
    walker = Walker(kind, columns, lines)
    for keys, words in WALK:
        walker.step(keys, words)
    walker.leave()
    return walker


def shapes(written: str) -> set[tuple[str, ...]]:
    """The kinds of escape sequences in a text, without their numbers."""
    found: Iterator[re.Match[str]] = SEQUENCE.finditer(written)
    return {tuple(part or "" for part in each.groups()) for each in found}


@pytest.mark.slow(seconds=60)
@pytest.mark.parametrize(("columns", "lines"), [(160, 45), (80, 24)])
def test_no_screen_passes_a_control_character_of_a_name_on(columns: int, lines: int) -> None:
    with ThreadPoolExecutor() as beside:
        both = beside.map(walked, ("harmless", "hostile"), (columns,) * 2, (lines,) * 2)
    harmless, hostile = both
    assert shapes(hostile.written) <= shapes(harmless.written)
    assert hostile.written.count("\x1b") == len(SEQUENCE.findall(hostile.written))
    assert FORBIDDEN.findall(SEQUENCE.sub("", hostile.written)) == []
    assert any("[red]" in line for line in hostile.seen), "markup is shown as it is written"
