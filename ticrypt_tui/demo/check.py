"""Checking every part of the demo's enclave without a terminal: one printed line a check."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ticrypt_tui.backend.drivers import driver
from ticrypt_tui.backend.drivers.base import Host, HostAddress, Reach
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Failed, TicryptError
from ticrypt_tui.backend.realm_drivers import SILENT
from ticrypt_tui.demo import drives, fleet, guest, objects
from ticrypt_tui.demo.enclave import open_demo
from ticrypt_tui.demo.places import Places
from ticrypt_tui.demo.virsh import Libvirt
from ticrypt_tui.text import decoded, shown

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Say = Callable[[str], None]
_UP_WITHIN = 120.0
_LUKS = b"LUKS\xba\xbe"
_RFB = b"RFB 003.008\n"


async def check(say: Say, reset: bool = False, places: Places | None = None) -> bool:
    """Make the demo's enclave where it is not there, and check it; whether everything is well.

    `say` is given one line a check: `ok` or `FAILED`, what was checked, and what was found.
    """
    began = time.monotonic()
    try:
        enclave = await open_demo(lambda sentence: say(f"       {sentence} …"), reset, places)
    except TicryptError as error:
        say(f"FAILED the enclave opens: {error}")
        return False
    say(f"ok     the enclave opens: in {time.monotonic() - began:.1f} s")
    try:
        return await _Check(enclave, say).everything()
    finally:
        await enclave.close()


class _Check:
    """The checks of one enclave that is open."""

    def __init__(self, enclave: Enclave, say: Say) -> None:
        self.enclave = enclave
        self.say = say
        self.passed = True

    async def everything(self) -> bool:
        row = await self.enclave.find("host", objects.HOST)
        await self.line("libvirt answers", self.host_answers(row))
        for name in objects.RUNNING:
            await self.line(f"{name} is up", self.guest_is_up(row, name))
            await self.line(f"{name} has registered", self.has_registered(name))
            await self.line(f"the controller of {name} runs", self.controller_runs(row, name))
            await self.line(f"the screen of {name} answers", self.screen_answers(row, name))
        for name in drives.DRIVES:
            await self.line(f"the key of drive {name} opens", drives.opens(self.enclave, name))
            await self.line(f"drive {name} is encrypted", self.is_encrypted(row, name))
        for realm in self.enclave.settings.realms:
            await self.line(f"Fix compares realm {realm.id}", self.fix_looks(realm.id))
        await self.line("the fleet is simulated", self.fleet_plays())
        await self.line("logs are followed", self.logs_follow())
        for tab in self.enclave.tabs:
            await self.line(f"the tab {tab} has rows", self.has_rows(tab))
        await self.line("the audit chain holds", self.chain_holds())
        await self.line("the audit file has the table's last record", self.file_equals_table())
        return self.passed

    async def line(self, what: str, checked: Awaitable[str]) -> None:
        try:
            self.say(f"ok     {what}: {await checked}")
        except TicryptError as error:
            self.passed = False
            self.say(f"FAILED {what}: {error}")

    async def host_answers(self, row: Any) -> str:
        async with _own_connection(row) as host:
            return f"{shown(row.uri)} runs {len(await host.domains())} domains"

    async def guest_is_up(self, row: Any, name: str) -> str:
        """Asked of libvirt over a connection of its own, and of the guest's agent."""
        vm = await self.vm(name)
        async with _own_connection(row) as host:
            if vm.id not in {domain.vm_id for domain in await host.domains()}:
                raise Failed(f"libvirt has no domain for {shown(vm.id)}.")
        began = time.monotonic()
        if not await guest.answers(Libvirt(row.uri), vm.domain, _UP_WITHIN):
            raise Failed(f"Its agent does not answer within {_UP_WITHIN:.0f} s.")
        return f"its agent answers, after {time.monotonic() - began:.1f} s"

    async def has_registered(self, name: str) -> str:
        """Asked of the console: whether it has seen the guest's agent answer."""

        async def runs() -> bool:
            return bool((await self.vm(name)).state == "running")

        if not await self.enclave.until(runs, _UP_WITHIN):
            raise Failed(f"It is {(await self.vm(name)).state}.")
        events = (await self.enclave.detail("running", (await self.vm(name)).id)).sections[-1]
        return next((line for line in events.lines if line.endswith("registered")), "it runs")

    async def controller_runs(self, row: Any, name: str) -> str:
        """Asked of the guest itself, by its agent: the stand-in counts its starts."""
        vm = await self.vm(name)
        async with _own_connection(row) as host:
            ran = await host.run_in_guest(vm.uuid, ["/bin/cat", "/run/controller.starts"])
        if ran.exit_code:
            raise Failed(f"It was never started: {shown(ran.errors.strip())}.")
        return (
            f"started {shown(ran.output.strip())} times" if ran.output != "1\n" else "started once"
        )

    async def vm(self, name: str) -> Any:
        """The VM that runs from a configuration: another demo's may bear the same name."""
        config = await self.enclave.find("config", name)
        if config.vm_id is None:
            raise Failed("No VM runs from its configuration.")
        return await self.enclave.find("vm", config.vm_id)

    async def screen_answers(self, row: Any, name: str) -> str:
        vm = await self.vm(name)
        async with _own_connection(row) as host:
            way = await host.open_graphics(vm.uuid)
            heard = b""
            with suppress(TimeoutError):
                async with asyncio.timeout(10):
                    heard = await asyncio.get_running_loop().sock_recv(way.stream, len(_RFB))
            await way.close()
        if heard != _RFB:
            raise Failed(f"It says {shown(decoded(heard)) or 'nothing'}.")
        return "it says RFB 003.008"

    async def fleet_plays(self) -> str:
        """Its VMs may have been shut down since it began to play, but none can have come."""
        hosts = [h for h in (await self.enclave.listing("hosts")).rows if _of_fleet(h)]
        vms = [vm for vm in (await self.enclave.listing("running")).rows if _of_fleet(vm)]
        played = [each for each in hosts if getattr(each, "reach", "") == Reach.SIMULATED]
        wanted = [each for each in fleet.hosts() if each.state != "disabled"]
        if len(played) < len(wanted) or not vms:
            raise Failed(f"{len(played)} of its {len(wanted)} hosts answer, with {len(vms)} VMs.")
        return f"{len(hosts)} hosts, {len(played)} of them contacted, with {len(vms)} VMs"

    async def is_encrypted(self, row: Any, name: str) -> str:
        """Read from its volume over a connection of its own."""
        drive: Any = await self.enclave.find("drive", name)
        async with _own_connection(row) as host:
            volumes = {volume.name: volume.path for volume in await host.volumes(drive.pool)}
            if drive.volume not in volumes:
                raise Failed(f"Pool {shown(drive.pool)} has no volume {shown(drive.volume)}.")
            begins = await host.read_volume(volumes[drive.volume], len(_LUKS))
        if begins != _LUKS:
            raise Failed(f"Its volume begins with {begins!r}.")
        return "its volume begins as LUKS does"

    async def fix_looks(self, realm: str) -> str:
        """Neither changes anything here: what each would do is only told."""
        wish = {"realm": realm, "dry_run": True}
        vms, drives = [await self.enclave.run(f"realm.fix_{w}", wish) for w in ("vms", "drives")]
        return f"VMs: {shown(vms.summary)}; drives: {shown(drives.summary)}"

    async def logs_follow(self) -> str:
        """A first look at each file beside the audit log, which may be missing until it is
        written."""
        logs = self.enclave.followed
        for log in logs:
            async with asyncio.timeout(10), aclosing(log.readings()) as readings:
                await anext(readings)
        return ", ".join(shown(log.where) for log in logs) or "the configuration names none"

    async def has_rows(self, tab: str) -> str:
        listing = await self.enclave.listing(tab)
        if not listing.rows:
            raise Failed("It is empty.")
        return f"{len(listing.rows)}"

    async def chain_holds(self) -> str:
        verdict = await self.enclave.verified()
        if not verdict.ok:
            raise Failed(verdict.sentence)
        return verdict.sentence

    async def file_equals_table(self) -> str:
        (last,) = await self.enclave.records(last=1)
        file = self.enclave.settings.audit.file
        lines = await asyncio.to_thread(_lines, file)
        if last.hash not in "".join(lines[last.seq - 1 : last.seq]):
            raise Failed(f"{shown(file)} has {len(lines)} records, the table {last.seq}.")
        return f"record {last.seq}"


def _of_fleet(row: Any) -> bool:
    return str(row.realm_id) == fleet.REALM


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()


@asynccontextmanager
async def _own_connection(row: Any) -> AsyncIterator[Host]:
    """The host of a row, reached by nobody else's connection."""
    address = HostAddress(row.id, row.realm_id, row.name, row.uri)
    host = driver("libvirt").host(address, SILENT)
    await host.connect()
    try:
        yield host
    finally:
        await host.close()
