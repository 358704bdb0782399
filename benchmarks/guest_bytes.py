"""What a VM's screen takes of the line to the terminal, and an open one of the processor.

The same screen is drawn as text and in half blocks, by the same program in the same terminal. The
guest is played: what its own picture costs is measured elsewhere.
"""

from __future__ import annotations

import sys
import time
from statistics import median

from benchmarks.report import Ratio
from tools.terminal import PATIENCE, Terminal

PREFIX, FILL, EMPTY = "\x1d", "\x1b[20~", "\x1b[21~"
RUNS, SETTLING = 5, 0.5
TYPED = "echo-hello/world"
IDLE_SECONDS = 10.0
MOST_A_KEY, MOST_IDLE = 300, 0.01


def measured() -> list[Ratio]:
    command = [sys.executable, "-m", "benchmarks.programs.guest"]
    with Terminal(command, columns=160, lines=45, environment={"COLORTERM": "truecolor"}) as there:
        _open(there)
        typed = _typed(there)
        idle, busy = _idle(there)
        text = _filled(there)
        _after(there, f"{PREFIX}t")
        blocks = _filled(there)
        _after(there, EMPTY)
        drawn = _typed(there)
    return [
        Ratio("a full text screen of a VM: bytes in half blocks, beside as text",
              f"{blocks / 1000:.1f} kB", f"{text / 1000:.1f} kB", blocks / text, least=10),
        _bound("a character typed at a VM's text screen: bytes, beside those in half blocks",
               f"{typed:.0f} B", f"{drawn:.0f} B", typed / drawn, f"under {MOST_A_KEY} B",
               typed < MOST_A_KEY),
        _bound(f"an idle VM's screen for {IDLE_SECONDS:.0f} s: bytes", f"{idle} B", "0 B", 1.0,
               "0 B", idle == 0),
        _bound("an idle VM's screen: share of a processor", f"{busy:.2%}", f"{MOST_IDLE:.0%}",
               busy / MOST_IDLE, f"under {MOST_IDLE:.0%}", busy < MOST_IDLE),
    ]  # fmt: skip


def _bound(what: str, found: str, beside: str, over: float, bound: str, kept: bool) -> Ratio:
    return Ratio(what, found, beside, over, bound=bound, kept=kept)


def _open(there: Terminal) -> None:
    """Go to the running VMs, and open the screen of the one under the cursor."""
    there.wait_for("hosts 25/26 up")
    there.press(":running\r")
    there.wait_for("genome-7")
    there.press("v")
    there.wait_for("/ #")
    there.wait_until_quiet(3)  # by then it is known whether the terminal has pictures


def _after(there: Terminal, keys: str) -> int:
    """Bytes that come after some keys, of which some do; nothing else happens meanwhile."""
    before, end = there.received, time.monotonic() + PATIENCE
    there.press(keys)
    while there.received == before:
        assert time.monotonic() < end, f"nothing came after {keys!r}"
        time.sleep(0.02)
    return there.wait_until_quiet(SETTLING) - before


def _typed(there: Terminal) -> float:
    """Bytes that a typed character takes."""
    return median(_after(there, character) for character in TYPED)


def _filled(there: Terminal) -> float:
    """Bytes that it takes to fill an empty screen."""
    found = []
    for _ in range(RUNS):
        _after(there, EMPTY)
        found.append(_after(there, FILL))
    return median(found)


def _idle(there: Terminal) -> tuple[int, float]:
    """Bytes, and the share of a processor, while nothing happens."""
    before, began = there.received, there.worked
    time.sleep(IDLE_SECONDS)
    return there.received - before, (there.worked - began) / IDLE_SECONDS
