"""The disks that opened drives are in a VM, and the file systems of those that have none yet."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from ticrypt_tui.backend.drivers.base import DriveWanted, Host
from ticrypt_tui.backend.drives.serials import serial_of
from ticrypt_tui.backend.errors import NotFound, TicryptError
from ticrypt_tui.backend.operations import Call
from ticrypt_tui.backend.services.drives.formatting import format_drive
from ticrypt_tui.backend.services.drives.opening import OpenedDrive
from ticrypt_tui.backend.services.drives.rekeying import take_remains_away
from ticrypt_tui.backend.services.starting.disks import named
from ticrypt_tui.backend.services.vms.events import add_event
from ticrypt_tui.backend.store.tables.data import DriveMode
from ticrypt_tui.text import shown


async def disks_of(
    call: Call, host: Host, drives: Sequence[OpenedDrive]
) -> tuple[DriveWanted, ...]:
    """The drives as that host has them; raises `NotFound` for a volume that it does not show.

    What an unshare had to leave is taken away first, as far as that can be done now.
    """
    found = []
    for drive in drives:
        if drive.remains:
            with suppress(TicryptError):  # the drive goes on saying so
                await take_remains_away(call.enclave, drive.id, drive.secret)
        volume = named(await host.volumes(drive.pool), drive.volume)
        if volume is None:
            raise NotFound(
                f"Pool {shown(drive.pool)} on {shown(host.address.name)} has no volume of drive "
                f"{shown(drive.name)}."
            )
        read_only = drive.mode is DriveMode.READ_ONLY
        passphrase = bytes(drive.secret.passphrase)
        found.append(DriveWanted(volume.path, serial_of(drive.id), read_only, passphrase))
    return tuple(found)


async def format_drives(
    call: Call, vm_id: str, host_id: str, drives: Sequence[OpenedDrive]
) -> None:
    """Have the guest make the file systems of the drives that it may write and finds blank.

    What came of it is an event of the VM: a guest that cannot is no fault of the start.
    """
    for drive in drives:
        if drive.mode is DriveMode.READ_ONLY:
            continue
        what, said = "drive not formatted", ""
        try:
            host = call.enclave.watch.host(host_id)
            uuid = vm_id.removeprefix("vm-")
            if not await format_drive(host, uuid, serial_of(drive.id), drive.format):
                continue
            what = f"{drive.format} made"
        except TicryptError as error:
            said = f": {error}"
        async with call.enclave.change() as session:
            add_event(session, vm_id, what, f"drive {drive.name}{said}")
