"""System services for what is on screen alone, at a fixed time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from ticrypt_tui.backend.errors import UnitFailed, WrongUse
from ticrypt_tui.backend.services.units.effects import effect
from ticrypt_tui.backend.services.units.units import NOT_KNOWN, UnitRow

NOW = datetime(2026, 11, 21, 14, 5, 31, tzinfo=UTC)
NO_SYSTEMD = "This machine was not started by systemd: there is no /run/systemd/system."

ENTRIES = """\
2026-11-21 14:05:02.118Z  info     java[812]: realm local: 2 hosts answer
2026-11-21 14:05:09.004Z  notice   java[812]: VM genome-7 registered
2026-11-21 14:05:11.530Z  warning  java[812]: host node05 does not answer since 14:01:30
2026-11-21 14:05:11.531Z  error    java[812]: java.net.ConnectException: Connection refused
    at sun.nio.ch.Net.connect(Net.java:579)
    at ticrypt.vm.Host.ask(Host.scala:112)
2026-11-21 14:05:30.900Z  debug    java[812]: asking again in 10 s
"""
DIED = UnitFailed(
    "ticrypt-vm.service was restarted, and died within 3 s: exit code 78.",
    lines=(
        "2026-11-21 14:05:30.101Z  info     systemd[1]: Started ticrypt-vm.service.",
        "2026-11-21 14:05:31.440Z  error    java[9121]: /etc/ticrypt/vm.conf: 12: expected a }",
        "2026-11-21 14:05:31.502Z  notice   systemd[1]: ticrypt-vm.service: Main process exited, "
        "code=exited, status=78/CONFIG",
    ),
)


def units() -> list[UnitRow]:
    vm = UnitRow(
        id="ticrypt-vm.service", name="ticrypt-vm.service", primary="ticrypt-vm.service",
        state="active (running)", active="active", description="tiCrypt VM life cycle",
        since=NOW - timedelta(hours=5, minutes=3), restarts=0, memory=412 * 2**20, main_pid=812,
        cut_along=("ticrypt-allowedlist.service",), wanted_by=("multi-user.target",),
        last_message="asking again in 10 s", effect=effect("ticrypt-vm.service"),
        file="/etc/systemd/system/ticrypt-vm.service",
    )  # fmt: skip
    alone = replace(vm, cut_along=())
    return [
        replace(alone, id="ticrypt-auth.service", name="ticrypt-auth.service",
                primary="ticrypt-auth.service", description="tiCrypt authentication",
                since=NOW - timedelta(days=12), memory=1_380 * 2**20, main_pid=799,
                last_message="session of alice begins", effect=effect("ticrypt-auth.service")),
        vm,
        replace(alone, id="ticrypt-stats.service", name="ticrypt-stats.service",
                primary="ticrypt-stats.service", description="tiCrypt figures of use",
                state="failed (failed)", active="failed", since=NOW - timedelta(minutes=42),
                restarts=5, memory=None, main_pid=0, ended="killed by SIGKILL",
                last_message="java.lang.OutOfMemoryError: Java heap space",
                effect=effect("ticrypt-stats.service")),
        replace(alone, id="ticrypt-logger.service", name="ticrypt-logger.service",
                primary="ticrypt-logger.service", description="tiCrypt audit log",
                state="activating (auto-restart)", active="activating", restarts=118,
                since=NOW - timedelta(seconds=4), memory=None, main_pid=0,
                last_message="port 9514 is in use", effect=effect("ticrypt-logger.service")),
        replace(alone, id="sshd.service", name="sshd.service", primary="ssh.service",
                description="OpenBSD Secure Shell server", memory=6_400_000, main_pid=433,
                since=NOW - timedelta(days=40), last_message="Server listening on 0.0.0.0 port 22.",
                effect=effect("sshd.service"),
                why_not="sshd.service is another name of ssh.service, which is not among "
                        "[services] units."),
        UnitRow("ticrypt-gone.service", "ticrypt-gone.service", "ticrypt-gone.service",
                "not-found", why_not="systemd knows no unit ticrypt-gone.service."),
    ]  # fmt: skip


def units_without_systemd() -> list[UnitRow]:
    return [
        replace(row, primary=row.name, state=NOT_KNOWN, active="", description="", since=None,
                restarts=None, memory=None, main_pid=0, cut_along=(), wanted_by=(), ended="",
                last_message="INFO 2 hosts answer" if "vm" in row.name else "",
                log_file="/var/log/ticrypt/vm.log" if "vm" in row.name else "",
                why_not=NO_SYSTEMD, has_journal=False)
        for row in units()[:4]
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class FakeJournal:
    """A journal that knows of moments."""

    title: str
    text: str = ENTRIES

    async def follow(self) -> AsyncIterator[bytes]:
        yield self.text.encode()
        await asyncio.Event().wait()

    def since(self, text: str) -> FakeJournal:
        if text == "yesterday":
            raise WrongUse("yesterday is not a moment, nor as 2h.")
        late = [line for line in ENTRIES.splitlines(keepends=True) if "14:05:30" in line]
        return replace(self, text="".join(late) if text else ENTRIES)


def journals() -> tuple[FakeJournal, ...]:
    return tuple(map(FakeJournal, ("journal", "notices", "warnings", "errors")))
