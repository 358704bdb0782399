"""Licensing servers for what is on screen alone, at a fixed time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ticrypt_tui.backend.services.licensing.licenses import LicenseRow
from ticrypt_tui.backend.services.licensing.resolving import NEVER, Resolution
from ticrypt_tui.backend.services.licensing.resync import NameState, Resynced
from ticrypt_tui.backend.services.licensing.states import HostState, summary
from ticrypt_tui.backend.services.licensing.trial import Answered

NOW = datetime(2026, 11, 21, 14, 5, 31, tzinfo=UTC)
AWAY = "It does not answer since 14:01:30: no route to host"
WIDE = (
    "10.20.0.0/16 is wider than /24: VMs may then send data to each of its 65,536 addresses. A "
    "narrower network, or the servers one by one, would be safer."
)
HOSTS = (
    HostState("host-01", "node01", "local", "in sync"),
    HostState(
        "host-02",
        "node02",
        "local",
        "not applied",
        "1 VM is not held by it.",
        ("old-vm has no filter: it was started before, or by others",),
    ),
    HostState("host-03", "node03", "local", "error", AWAY),
)


def licenses() -> list[LicenseRow]:
    matlab = LicenseRow(
        id="license-matlab", name="MATLAB", address="192.0.2.10", resolved=("192.0.2.10",),
        drift="", ports="1717, 27000-27009", protocol="tcp", active="active", group="maths",
        deactivate_at=None, created_by="mara", created=NOW - timedelta(days=20), hosts=HOSTS,
        state=summary(HOSTS), version=1, resolution=NEVER,
    )  # fmt: skip
    moved = Resolution(("192.0.2.20",), ("192.0.2.21",), NOW - timedelta(hours=1))
    soon = NOW + timedelta(days=3)
    return [
        matlab,
        replace(matlab, id="license-flex", name="FlexLM of imaging", address="flex.example.org",
                resolved=moved.latest, drift=moved.drift, ports="27000", protocol="both",
                group="imaging", resolution=moved, active="ends soon", deactivate_at=soon),
        replace(matlab, id="license-old", name="Stata", address="2001:db8::5:1717",
                resolved=("2001:db8::5:1717",), ports="2000-2010", active="expired", group="",
                deactivate_at=NOW - timedelta(days=2)),
        replace(matlab, id="license-sum", name="=SUM(A1), \"two\"", address="198.51.100.0/28",
                resolved=("198.51.100.0/28",), ports="443", created_by="bora"),
    ]  # fmt: skip


def resynced() -> Resynced:
    """What `license.resync` gives."""
    fault = "lost.example.org does not resolve: Name or service not known. Is it spelt right?"
    return Resynced(
        HOSTS,
        (
            NameState("license-flex", "FlexLM of imaging", "flex.example.org", "drifted",
                      "192.0.2.21 came, 192.0.2.20 went"),
            NameState("license-lost", "Lost", "lost.example.org", "not resolved",
                      f"{fault} Still let through: 192.0.2.30"),
        ),
    )  # fmt: skip


def test(arguments: Mapping[str, Any]) -> Answered:
    """What `license.test` gives: only 10.20.0.0/16 is wide."""
    wide = "10.20.0.0/16" in str(arguments.get("address"))
    return Answered("It can be let through.", WIDE if wide else "")
