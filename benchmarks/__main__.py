"""`python -m benchmarks [NAME ...]`: measures all, or what is named; only all is written down."""

from __future__ import annotations

import asyncio
import compileall
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    audit,
    drive_keys,
    filled,
    first_frame,
    following,
    guest_bytes,
    placements,
    reading,
    refresh,
    resync,
    row_count,
    scheduling,
    sync_round,
    verification,
    vnc_frames,
    vnc_text,
)
from benchmarks.report import PAGE, Ratio, machine, write


def audit_record() -> list[Ratio]:
    with tempfile.TemporaryDirectory(dir=".") as folder:
        bare, record = asyncio.run(audit.ratio(Path(folder).absolute()))
    what = "an audit record, beside a bare commit and a bare synced line"
    measured, beside = f"{record * 1000:.1f} ms", f"{bare * 1000:.1f} ms"
    return [Ratio(what, measured, beside, record / bare, most=1 / 0.6)]


BENCHMARKS: dict[str, Callable[[], list[Ratio]]] = {
    "first_frame": first_frame.measured,
    "row_count": row_count.measured,
    "refresh": refresh.measured,
    "audit": audit_record,
    "verification": verification.measured,
    "reading": reading.measured,
    "filled": filled.measured,
    "following": following.measured,
    "scheduling": scheduling.measured,
    "sync_round": sync_round.measured,
    "resync": resync.measured,
    "placements": placements.measured,
    "drive_keys": drive_keys.measured,
    "vnc_frames": vnc_frames.measured,
    "vnc_text": vnc_text.measured,
    "guest_bytes": guest_bytes.measured,
}


def main(names: list[str]) -> int:
    unknown = set(names) - BENCHMARKS.keys()
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}: choose from {', '.join(BENCHMARKS)}.")
        return 2
    compileall.compile_dir("ticrypt_tui", quiet=1)  # as it is in an installed package
    print(machine())
    ratios: list[Ratio] = []
    for name in names or BENCHMARKS:
        for ratio in BENCHMARKS[name]():
            print(ratio.line(), flush=True)
            ratios.append(ratio)
    if not names:
        write(ratios)
        print(f"written to {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
