"""A reading that changes one in a hundred of 10,000 rows, evenly spread, beside Textual's table.

Both are given the whole reading; DataTable has its changed cells found by comparing the rows, and
updates only those.
"""

from __future__ import annotations

from statistics import median

from benchmarks.programs.tables import REFRESHES
from benchmarks.report import Ratio
from benchmarks.tables import found

RUNS = 3
WHAT = "a reading with 1% of 10,000 rows changed: DataTable, beside ours"


def measured() -> list[Ratio]:
    same = [(found("refresh", "datatable"), found("refresh", "rows")) for _ in range(RUNS)]
    anew = [(found("anew", "datatable"), found("anew", "rows")) for _ in range(RUNS)]
    return [
        time_of(same, "", 20),
        bytes_of(same),
        time_of(anew, ", were every row of it another object", None),
    ]


def time_of(
    runs: list[tuple[dict[str, float], dict[str, float]]], condition: str, least: float | None
) -> Ratio:
    theirs, ours = (median(run[side]["refresh"] for run in runs) * 1000 for side in (0, 1))
    what = f"{WHAT}, the processor's time{condition}"
    return Ratio(what, f"{theirs:.1f} ms", f"{ours:.1f} ms", theirs / ours, least=least)


def bytes_of(runs: list[tuple[dict[str, float], dict[str, float]]]) -> Ratio:
    sent = (median(run[side]["sent"] for run in runs) / REFRESHES / 1000 for side in (0, 1))
    theirs, ours = sent
    what = f"{WHAT}, bytes sent"
    return Ratio(what, f"{theirs:.2f} kB", f"{ours:.2f} kB", theirs / ours, least=20)
