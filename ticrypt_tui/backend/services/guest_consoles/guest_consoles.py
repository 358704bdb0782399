"""Opening the serial consoles of VMs and service VMs, and what is recorded of it.

What is typed, and what the guest prints, is recorded nowhere here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.guest_consoles.rules import has_console
from ticrypt_tui.backend.services.guest_screens.guests import Found, Guest, run_of
from ticrypt_tui.backend.services.service_vms.service_vms import ServiceVmRow
from ticrypt_tui.backend.services.vms.running_vm import RunningVm
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.consoles.session import GuestConsole

_TAKE_OVER = Argument(
    "take_over", "flag", required=False, says="end that of whoever has it open now"
)


@operation(
    "vm.open_console",
    Argument("vm", "object", says="a running VM's ID or name"),
    _TAKE_OVER,
    on="vm",
    says="Open a VM's serial console, and log in to its guest.",
    changes=False,
    preconditions=(has_console,),
)
async def open_console(call: Call, vm: RunningVm, *, take_over: bool = False) -> GuestConsole:
    """Open the serial console of a VM in debug mode, until it is closed.

    Raises `Refused` where it has none, `InUse` where another has it open, `HostUnreachable`, or
    `Failed` where it does not answer.
    """
    return await _opened(call, vm, take_over=take_over)


@operation(
    "service_vm.open_console",
    Argument("service_vm", "object", says="a service VM's ID or name"),
    _TAKE_OVER,
    on="service_vm",
    says="Open a service VM's serial console, and log in to its guest.",
    changes=False,
    preconditions=(has_console,),
)
async def open_service_console(
    call: Call, vm: ServiceVmRow, *, take_over: bool = False
) -> GuestConsole:
    """Open the serial console of a service VM that is on."""
    return await _opened(call, vm, take_over=take_over)


@operation(
    "vm.close_console",
    Argument("vm", "object", says="a running VM's or service VM's ID or name"),
    Argument("screen", required=False, says="the ID of one of its open consoles; else all"),
    on="guest",
    says="Close a VM's serial console that this console has open.",
    changes=False,
)
async def close_console(call: Call, guest: Found, screen: str = "") -> None:
    """Close the open consoles of a VM. Raises `Refused` where none is open here."""
    run = run_of(guest.row)
    found = call.enclave.consoles.of(run.id if run else guest.id, screen)
    if not found:
        raise Refused(
            f"No serial console of {shown(guest.name)} is open in this console.",
            "A serial console belongs to the console that opened it.",
        )
    for each in found:
        call.enclave.consoles.forget(each)
        await each.leave()


async def _opened(call: Call, row: Guest, *, take_over: bool) -> GuestConsole:
    """Open a console, once it is recorded that it will be."""
    run = run_of(row)
    assert run is not None  # a precondition has seen that it runs
    await call.begun()
    console = await call.enclave.consoles.open(run, call.target, take_over=take_over)
    call.detail |= {"screen": console.id, "view_only": "yes" if console.view_only else "no"}
    return console
