"""What journalctl may do to its reader; a script takes its place."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import aclosing
from pathlib import Path

import pytest

from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.backend.units import journal as journals
from ticrypt_tui.backend.units.entries import LONGEST, Entry
from ticrypt_tui.backend.units.journal import Journal

UNIT = "x.service"
ENTRY = """
import json, os, signal, sys, time
def say(text, cursor="c"):
    print(json.dumps({"MESSAGE": text, "__CURSOR": cursor}), flush=True)
"""


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal is waited for as long as a busy machine may take."""
    monkeypatch.setattr(journals, "SECONDS", 60.0)


def journal(tmp_path: Path, script: str, *, level: str = "debug") -> Journal:
    """A journal whose journalctl is a script."""
    file = tmp_path / "journalctl.py"
    file.write_text(ENTRY + script)
    return Journal(UNIT, level, command=(sys.executable, str(file)))


async def first(journal: Journal, count: int) -> list[Entry]:
    """The first entries that are heard."""
    heard: list[Entry] = []
    async with asyncio.timeout(60), aclosing(journal.follow()) as batches:
        async for entries in batches:
            heard.extend(entries)
            if len(heard) >= count:
                break
    return heard


async def test_it_has_no_terminal_no_pager_and_no_colours(tmp_path: Path) -> None:
    script = (
        "colours, alone = os.environ['SYSTEMD_COLORS'], os.getsid(0) == os.getpid()\n"
        "say(json.dumps([sys.stdin.read(), colours, alone, sys.argv[1:]]))"
    )
    (entry,) = await journal(tmp_path, script, level="error").newest(1)
    read, colours, alone, words = json.loads(entry.message)
    assert (read, colours, alone) == ("", "0", True)
    assert {"--unit=x.service", "--no-pager", "--priority=err", "--output=json"} <= set(words)


async def test_lines_and_characters_in_halves_are_put_together(tmp_path: Path) -> None:
    script = (
        "whole = json.dumps({'MESSAGE': 'zwölf'}, ensure_ascii=False).encode() + b'\\n'\n"
        "for at in range(len(whole)):\n    os.write(1, whole[at:at + 1]); time.sleep(0.002)\n"
    )
    (entry,) = await journal(tmp_path, script).newest(1)
    assert entry.message == "zwölf"


async def test_an_entry_that_is_far_too_long_is_passed_over(tmp_path: Path) -> None:
    script = f"say('before'); say('x' * {10 * LONGEST}); say('after')"
    entries = await journal(tmp_path, script).newest(9)
    assert [each.message for each in entries] == ["before", "after"]


async def test_what_journalctl_complains_of_is_the_reason(tmp_path: Path) -> None:
    said = "No journal files were opened due to insufficient permissions."
    with pytest.raises(Failed) as told:
        await journal(tmp_path, f"sys.exit({said!r})").newest(1)
    assert str(told.value) == (
        "The journal cannot be read: No journal files were opened due to insufficient "
        "permissions. Reading the journal needs the group systemd-journal."
    )


async def test_a_hint_beside_the_entries_is_shown_among_them(tmp_path: Path) -> None:
    script = "print('Hint: You are not seeing all.', file=sys.stderr, flush=True)\ntime.sleep(60)"
    (entry,) = await first(journal(tmp_path, script), 1)
    assert entry.text == "-  warning  journalctl: Hint: You are not seeing all."


async def test_one_that_is_not_there_is_told() -> None:
    with pytest.raises(Failed, match="journalctl cannot be run: No such file"):
        await Journal(UNIT, command=("/nowhere/journalctl",)).newest(1)


async def test_one_that_ends_is_begun_anew_after_the_last_entry(tmp_path: Path) -> None:
    script = (
        "after = [w for w in sys.argv if w.startswith('--after-cursor=')]\n"
        "say(after[0] if after else 'first', cursor='s=1;i=9')\n"
    )
    heard = await first(journal(tmp_path, script), 2)
    assert [each.message for each in heard] == ["first", "--after-cursor=s=1;i=9"]


async def test_one_that_gives_nothing_and_ends_is_not_begun_for_ever(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="journalctl ended by itself"):
        await first(journal(tmp_path, ""), 1)


async def test_nothing_is_read_ahead_of_a_reader_who_is_slow(tmp_path: Path) -> None:
    progress = tmp_path / "written"
    progress.touch()
    script = (
        "for n in range(100_000):\n    say('x' * 1000)\n"
        f"    n % 1000 or open({str(progress)!r}, 'w').write(str(n))\n"
    )
    async with aclosing(journal(tmp_path, script).follow()) as batches:
        await anext(batches)
        await asyncio.sleep(1)
        assert int(progress.read_text() or 0) < 10_000


async def test_it_is_killed_with_its_reader_even_where_it_will_not_hear(tmp_path: Path) -> None:
    script = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nsay(str(os.getpid()))\ntime.sleep(60)"
    (entry,) = await first(journal(tmp_path, script), 1)
    with pytest.raises(ProcessLookupError):
        os.kill(int(entry.message), 0)
