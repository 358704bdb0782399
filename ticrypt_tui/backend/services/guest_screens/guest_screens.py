"""Opening the screens of VMs and service VMs, and what is recorded of what is done there.

What is typed is recorded nowhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.guest_screens.guests import Found, Guest, has_screen, run_of
from ticrypt_tui.backend.services.service_vms.service_vms import ServiceVmRow
from ticrypt_tui.backend.services.vms.running_vm import RunningVm
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.vnc.session import GuestScreen

_GUEST = Argument("vm", "object", says="a running VM's or service VM's ID or name")
_SCREEN = Argument("screen", required=False, says="the ID of one of its open screens; else all")


@operation(
    "vm.open_vnc",
    Argument("vm", "object", says="a running VM's ID or name"),
    on="vm",
    says="Open a VM's screen, and log in to its guest.",
    changes=False,
    preconditions=(has_screen,),
)
async def open_vnc(call: Call, vm: RunningVm) -> GuestScreen:
    """Open the screen of a VM in debug mode, until it is closed.

    Raises `Refused` where it has none, `HostUnreachable`, or `Failed` where it does not answer.
    """
    return await _opened(call, vm)


@operation(
    "service_vm.open_vnc",
    Argument("service_vm", "object", says="a service VM's ID or name"),
    on="service_vm",
    says="Open a service VM's screen, and log in to its guest.",
    changes=False,
    preconditions=(has_screen,),
)
async def open_service_vnc(call: Call, vm: ServiceVmRow) -> GuestScreen:
    """Open the screen of a service VM that is on."""
    return await _opened(call, vm)


@operation(
    "vm.press_keys",
    _GUEST,
    Argument("keys", says="a key combination of the screen's menu, such as Ctrl-Alt-Del"),
    _SCREEN,
    on="guest",
    says="Press a key combination on a VM's keyboard.",
    preconditions=(has_screen,),
)
async def press_keys(call: Call, guest: Found, keys: str, screen: str = "") -> None:
    """Press a combination on an open screen, or on one that is open for that alone.

    Raises `Refused` for a combination that there is not, and on a screen for viewing only.
    """
    screens = call.enclave.screens
    found = screens.of(_run(guest.row).id, screen)
    if found:
        found[0].strike(keys)
    elif screen:
        raise _not_open(guest)
    else:
        await screens.strike(_run(guest.row), keys)


@operation(
    "vm.set_view_only",
    _GUEST,
    Argument("on", "flag", says="yes keeps keys and mouse from the guest, no lets them through"),
    _SCREEN,
    on="guest",
    says="Keep keys and the mouse from a VM whose screen or serial console is open here, or let "
    "them through.",
)
async def set_view_only(call: Call, guest: Found, *, on: bool, screen: str = "") -> None:
    """Switch the open screens and consoles of a VM. Raises `Refused` where none is open here."""
    consoles = call.enclave.consoles.of(_id(guest), screen)
    screens = call.enclave.screens.of(_id(guest), screen)
    if not screens and not consoles:
        raise _not_open(guest)
    for each in screens:
        each.switch(on)
    for console in consoles:
        console.switch(on)


@operation(
    "vm.close_vnc",
    _GUEST,
    _SCREEN,
    on="guest",
    says="Close a VM's screens that this console has open.",
    changes=False,
)
async def close_vnc(call: Call, guest: Found, screen: str = "") -> None:
    """Close the open screens of a VM. Raises `Refused` where none is open here."""
    for each in _open_ones(call, guest, screen):
        call.enclave.screens.forget(each)
        await each.leave()


async def _opened(call: Call, row: Guest) -> GuestScreen:
    """Open a screen, once it is recorded that it will be."""
    await call.begun()
    screen = await call.enclave.screens.open(_run(row), call.target)
    call.detail |= {"screen": screen.id, "view_only": "yes" if screen.view_only else "no"}
    return screen


def _open_ones(call: Call, guest: Found, screen: str) -> list[GuestScreen]:
    found = call.enclave.screens.of(_id(guest), screen)
    if not found:
        raise _not_open(guest)
    return found


def _id(guest: Found) -> str:
    """The ID of the VM that a guest is while it is on."""
    run = run_of(guest.row)
    return run.id if run else guest.id


def _not_open(guest: Found) -> Refused:
    return Refused(
        f"No screen of {shown(guest.name)} is open in this console.",
        "A screen belongs to the console that opened it.",
    )


def _run(row: Guest) -> RunningVm:
    """The VM that it is: a precondition has seen that it runs."""
    run = run_of(row)
    assert run is not None
    return run
