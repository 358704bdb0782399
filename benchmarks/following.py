"""A followed log file beside `tail -F` in a terminal, and beside `toolong` on a big one.

A burst is written line by line, as a log is. Both write to a terminal of their own, in turns. The
other program, whose requirements are not ours, is installed into an environment of its own for as
long as it is measured.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

from benchmarks.programs.following import LINES, line_text
from benchmarks.report import Ratio
from tools.terminal import Terminal

RUNS = 5
WRITTEN = 60
BIG = 1_000_000_000
PEER = "toolong==1.5.0"
PATIENCE = 300
LATEST = 0.25
SLOWEST_KEY = 0.1


def measured() -> list[Ratio]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [burst(folder), keys(folder), on_screen(folder), *opening(folder)]


def program(report: Path, kind: str, log: Path) -> list[str]:
    return [sys.executable, "-m", "benchmarks.programs.following", str(report), kind, str(log)]


def tail(log: Path) -> list[str]:
    return ["tail", "-n", "0", "-F", str(log)]


# A burst of lines


def burst(folder: Path) -> Ratio:
    runs = [(of_tail(folder), of_ours(folder)) for _ in range(RUNS)]
    theirs, ours = (median(times) for times in zip(*runs, strict=True))
    return Ratio(
        f"{LINES:,} lines written in a burst, every one in order: followed, beside `tail -F`, "
        "the processor's time",
        f"{ours * 1000:.0f} ms",
        f"{theirs * 1000:.0f} ms",
        median(own / least for least, own in runs),
        most=15,
    )


def of_ours(folder: Path) -> float:
    log, report = folder / "burst.log", folder / "burst.json"
    log.write_bytes(b"")
    found = told(report, program(report, "burst", log), lambda: write_burst(log))
    assert found["in_order"], "a line was lost, doubled or out of its place"
    return found["cpu"]


def of_tail(folder: Path) -> float:
    log = folder / "burst.log"
    log.write_bytes(b"")
    before = children()
    with Terminal(tail(log)) as terminal:
        time.sleep(0.5)
        write_burst(log)
        terminal.seconds_until(line_text(LINES - 1).encode())
    return children() - before


def children() -> float:
    """The processor's time of every child that has ended, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def write_burst(log: Path) -> None:
    with log.open("ab", buffering=0) as file:
        for number in range(LINES):
            file.write(f"{line_text(number)}\n".encode())


def told(report: Path, command: Sequence[str], once_ready: Callable[[], None]) -> dict[str, float]:
    """What the program found while something was done."""
    ready = report.with_suffix(".ready")
    with Terminal(command) as terminal:
        end = time.monotonic() + PATIENCE
        while not ready.exists():
            assert time.monotonic() < end, terminal.text()
            time.sleep(0.02)
        once_ready()
        terminal.wait_until_ended(PATIENCE)
    found: dict[str, float] = json.loads(report.read_text(encoding="utf-8"))
    for each in (ready, report):
        each.unlink()
    return found


# Keys meanwhile


def keys(folder: Path) -> Ratio:
    quiet, busy = (keys_while(folder, writes) for writes in (False, True))
    return Ratio(
        f"a key shown while {LINES:,} lines come every second, p95, beside a file at rest",
        f"{busy * 1000:.0f} ms",
        f"{quiet * 1000:.0f} ms",
        busy / quiet,
        bound=f"below {SLOWEST_KEY * 1000:.0f} ms",
        kept=busy < SLOWEST_KEY,
    )


def keys_while(folder: Path, writes: bool) -> float:
    log, report = folder / "keys.log", folder / "keys.json"
    log.write_bytes(b"".join(f"{line_text(number)}\n".encode() for number in range(1000)))

    def write() -> None:
        while writes and not report.exists():
            began = time.monotonic()
            write_burst(log)
            time.sleep(max(0.0, began + 1 - time.monotonic()))

    return told(report, program(report, "keys", log), write)["p95"]


# From the file to the screen


def on_screen(folder: Path) -> Ratio:
    log = folder / "lines.log"
    log.write_bytes(b"")
    ours = shown(program(folder / "none.json", "open", log), log)
    theirs = shown(tail(log), log)
    return Ratio(
        "a line from its writing to the terminal, p95: followed, beside `tail -F`",
        f"{ours * 1000:.0f} ms",
        f"{theirs * 1000:.1f} ms",
        ours / theirs,
        bound=f"below {LATEST * 1000:.0f} ms",
        kept=ours < LATEST,
    )


def shown(command: Sequence[str], log: Path) -> float:
    """The seconds within which most lines are on the terminal."""
    dice = random.Random(1)
    seconds = []
    with Terminal(command) as terminal, log.open("ab", buffering=0) as file:
        time.sleep(2)
        for number in range(WRITTEN):
            word = f"written-{terminal.started:.0f}-{number:03}"
            time.sleep(dice.uniform(0.15, 0.6))
            written = time.perf_counter()
            file.write(f"{line_text(number)} {word}\n".encode())
            seconds.append(terminal.started + terminal.seconds_until(word.encode()) - written)
    return quantiles(seconds, n=20)[-1]


# A big file


def opening(folder: Path) -> list[Ratio]:
    log = folder / "big.log"
    last = made_big(log)
    with peer(folder) as theirs:
        if theirs is None:
            print(f"{PEER} could not be installed: it is not measured.")
            return []
        ours = program(folder / "none.json", "open", log)
        runs = [(opened(ours, last), opened([theirs, str(log)], last)) for _ in range(3)]
    names = "seconds until its last line is on screen", "resident memory"
    return [
        compared(f"a log file of 1 GB opened: ours, beside {PEER}, {name}", unit, pairs)
        for name, unit, pairs in zip(
            names,
            ("s", "MiB"),
            ([[run[place] for run in pair] for pair in runs] for place in (0, 1)),
            strict=True,
        )
    ]


def compared(what: str, unit: str, pairs: Sequence[Sequence[float]]) -> Ratio:
    ours, theirs = (median(values) for values in zip(*pairs, strict=True))
    over = median(own / other for own, other in pairs)
    return Ratio(what, f"{ours:.2f} {unit}", f"{theirs:.2f} {unit}", over, most=1)


def made_big(log: Path) -> bytes:
    """A log file of a gigabyte; a word of its last line."""
    block = "".join(f"{line_text(number)}\n" for number in range(100_000)).encode()
    with log.open("wb") as file:
        for _ in range(BIG // len(block)):
            file.write(block)
        file.write(b"2026-11-21T14:02:12.000000Z the-very-last-line\n")
    return b"the-very-last-line"


def opened(command: Sequence[str], last: bytes) -> tuple[float, float]:
    """Seconds from a program's start until it shows the last line, and its memory then, in MiB."""
    with Terminal(command) as terminal:
        end = time.monotonic() + PATIENCE
        while last not in terminal.everything:
            assert time.monotonic() < end, terminal.text()
            time.sleep(0.05)
        return terminal.seconds_until(last), terminal.resident


@contextmanager
def peer(folder: Path) -> Iterator[str | None]:
    """The program beside which ours is set, installed for as long as it is needed."""
    place = folder / "peer"
    try:
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        command = [str(place / "bin" / "pip"), "install", "--quiet", PEER]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    except subprocess.CalledProcessError:
        yield None
    else:
        yield str(place / "bin" / "tl")
