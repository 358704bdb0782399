"""A reading that changes one in a hundred of 10,000 rows, evenly spread, beside Textual's table."""

from __future__ import annotations

from statistics import median

from benchmarks.programs.tables import REFRESHES
from benchmarks.report import Ratio
from benchmarks.tables import found

RUNS = 3
WHAT = "a reading with 1% of 10,000 rows changed: DataTable, beside ours"


def measured() -> list[Ratio]:
    runs = [(found("refresh", "datatable"), found("refresh", "rows")) for _ in range(RUNS)]
    theirs, ours = (median(run[side]["refresh"] for run in runs) for side in (0, 1))
    their_bytes, our_bytes = (median(run[side]["sent"] for run in runs) for side in (0, 1))
    return [
        Ratio(
            f"{WHAT}, the processor's time",
            f"{theirs * 1000:.1f} ms",
            f"{ours * 1000:.1f} ms",
            theirs / ours,
            least=20,
        ),
        Ratio(
            f"{WHAT}, bytes sent",
            f"{their_bytes / REFRESHES / 1000:.2f} kB",
            f"{our_bytes / REFRESHES / 1000:.2f} kB",
            their_bytes / our_bytes,
            least=20,
        ),
    ]
