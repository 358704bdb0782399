"""What a thousand times more rows cost: the first paint of a table, and a key press in it."""

from __future__ import annotations

from statistics import median

from benchmarks.report import Ratio
from benchmarks.tables import found

RUNS = 7
FEW, MANY = 100, 100_000


def measured() -> list[Ratio]:
    runs = [(found("paint", str(MANY)), found("paint", str(FEW))) for _ in range(RUNS)]
    ratios = []
    for what, key, most in (("first paint", "paint", 5), ("key press", "key", 1.2)):
        many, few = (median(run[side][key] for run in runs) for side in (0, 1))
        ratios.append(
            Ratio(
                f"{what} of a table: {MANY:,} rows, beside {FEW} rows",
                f"{many * 1000:.1f} ms",
                f"{few * 1000:.1f} ms",
                many / few,
                most=most,
            )
        )
    return ratios
