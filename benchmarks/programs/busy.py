"""The console on 200 hosts with 50 VMs each, timed from inside.

`FILE ROLE CONFIGURATION` writes what it found to FILE as JSON and leaves. ROLE is `busy` (all
10,000 rows change twice a second) or `bare` (one line, in an application that does nothing else).
A key is pressed as the terminal's own thread does it; it is seen when the frame that follows what
it did is handed to the terminal.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from textual.app import App, ComposeResult
from textual.screen import Screen
from textual.widgets import Static

from benchmarks import machines
from benchmarks.programs.timed import Timed
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.backend.drivers.base import DomainSeen, Driver, HostAddress, Listener, Power
from ticrypt_tui.backend.drivers.libvirt import looking
from ticrypt_tui.backend.drivers.libvirt.description import Described
from ticrypt_tui.backend.drivers.stored import PoolSeen
from ticrypt_tui.backend.realm_drivers import Drivers
from ticrypt_tui.widgets.row_view import RowView

KEYS = 200
CHANGE_SECONDS = 0.5
SETTLING = 4.0


class Bare(App[None]):
    """One line that says how many keys were pressed."""

    presses = 0
    found: dict[str, float]

    def compose(self) -> ComposeResult:
        yield Static("0 keys")

    def on_mount(self) -> None:
        self.timed = Timed(self, lambda: self.presses)
        self.run_worker(self._measure())

    def on_key(self) -> None:
        self.presses += 1
        self.query_one(Static).update(f"{self.presses} keys")

    async def _measure(self) -> None:
        await asyncio.sleep(1)
        await asyncio.to_thread(self.timed.run, KEYS)
        self.found = self.timed.found() | {"memory": memory()}
        self.exit()

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        super()._display(screen, renderable)
        if renderable is not None:
            self.timed.displayed()


class Played:
    """A host whose VMs have one of two sets of addresses."""

    simulated = False

    def __init__(self, address: HostAddress, listener: Listener) -> None:
        self.address, self._listener = address, listener
        number = int(address.name.removeprefix("node") or 0)
        self._known = [_known(number, each) for each in range(machines.VMS)]
        self._now = tuple(each.seen for each in self._known)
        self._then: tuple[DomainSeen, ...] = ()

    async def domains(self) -> tuple[DomainSeen, ...]:
        return self._now

    async def pools(self) -> tuple[PoolSeen, ...]:
        return ()

    def change(self) -> None:
        self._then = self._then or tuple(replace(each, address="10.9.0.1") for each in self._now)
        self._now, self._then = self._then, self._now
        self._listener.changed(self.address.host_id)

    async def close(self) -> None: ...


class PlayedDriver:
    name = "libvirt"

    def __init__(self) -> None:
        self.hosts: list[Played] = []

    def host(self, address: HostAddress, listener: Listener) -> Played:
        self.hosts.append(Played(address, listener))
        return self.hosts[-1]


def _known(host: int, number: int) -> looking.Known:
    """A domain with all that the driver keeps of it."""
    uuid = sys.intern(machines.uuid(host, number))
    vm_id = sys.intern(f"vm-{uuid}")
    mac = f"52:54:00:00:{host:02x}:{number:02x}"
    more = Described(
        f"analysis {number}", 4, 4096, vm_id, mac, True, False, True, f"/log/{uuid}", ()
    )
    seen = DomainSeen(
        uuid=uuid,
        name=vm_id,
        title=more.title,
        power=Power.RUNNING,
        reason="",
        cores=4,
        memory_mib=4096,
        vm_id=vm_id,
        mac=mac,
        address=f"10.8.{host}.{number}",
        has_console=True,
    )
    return looking.Known(looking.Listed(number, Power.RUNNING), seen, more)


class Busy(TicryptApp):
    """The console, its rows changing, its keys timed."""

    found: dict[str, float]

    def __init__(self) -> None:
        super().__init__(self._opened)
        self.played = PlayedDriver()
        self.timed = Timed(self, self._cursor)

    async def _opened(self) -> Any:
        from ticrypt_tui.backend import enclave
        from ticrypt_tui.config.settings import load_settings

        driver = cast(Driver, self.played)
        enclave.drivers_of = lambda settings: Drivers({"lab": driver})  # type: ignore[attr-defined]
        opened = await enclave.Enclave.open(load_settings(Path(sys.argv[3])))
        self.run_worker(self._measure())
        return opened

    def _cursor(self) -> object:
        screen = self.tab_screen
        view = next(iter(screen.query(RowView)), None) if screen is not None else None
        return view.cursor_id if view is not None else None

    async def _measure(self) -> None:
        await self._until(lambda: self.tab_screen and self.console_state.enclave)
        assert self.tab_screen is not None
        self.tab_screen.go_to("running")
        every = machines.HOSTS * machines.VMS
        await self._until(lambda: self.console_state.counts.get("running") == every)
        await asyncio.sleep(SETTLING)
        gc.collect()
        found = {"memory": memory()}
        changing = asyncio.create_task(self._change())
        await asyncio.sleep(2)
        await asyncio.to_thread(self.timed.run, KEYS)
        changing.cancel()
        self.found = found | self.timed.found()
        self.exit()

    @staticmethod
    async def _until(holds: Callable[[], object]) -> None:
        while not holds():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.1)

    async def _change(self) -> None:
        while True:
            for host in self.played.hosts:
                host.change()
            await asyncio.sleep(CHANGE_SECONDS)

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        super()._display(screen, renderable)
        if renderable is not None:
            self.timed.displayed()


def memory() -> float:
    """Resident memory in MiB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


if __name__ == "__main__":
    app = Busy() if sys.argv[2] == "busy" else Bare()
    app.run()
    Path(sys.argv[1]).write_text(json.dumps(app.found))
