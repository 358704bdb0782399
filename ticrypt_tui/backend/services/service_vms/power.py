"""Powering service VMs up and down, their logs, and the VM controller inside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.drivers.base import GuestRun
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.base import Log
from ticrypt_tui.backend.services.service_vms.changes import off
from ticrypt_tui.backend.services.service_vms.service_vms import ServiceVmRow
from ticrypt_tui.backend.services.starting.launching import Launch, launch
from ticrypt_tui.backend.services.vms.logs import logs_of
from ticrypt_tui.backend.services.vms.running_vm import RunningVm
from ticrypt_tui.backend.services.vms.shutdown import FORCE, shut_down, still_runs
from ticrypt_tui.backend.services.vms.simulation import real
from ticrypt_tui.backend.services.wording import listed
from ticrypt_tui.backend.store.tables.machines import VmState
from ticrypt_tui.backend.store.tables.new_vm import NewVm
from ticrypt_tui.text import shown, shown_lines

_SERVICE_VM = Argument("service_vm", "object", says="a service VM's ID or name")


def alone_on_its_volume(caller: Caller, thing: ServiceVmRow, arguments: Mapping[str, Any]) -> str:
    """It writes the volume that all VMs from its image lie on, so none of them may run."""
    if not thing.image_users:
        return ""
    return (
        f"It would write the volume of image {shown(thing.image)}, from which "
        f"{'others run' if len(thing.image_users) > 1 else 'another runs'}: "
        f"{listed(thing.image_users)}."
    )


def on(caller: Caller, thing: ServiceVmRow, arguments: Mapping[str, Any]) -> str:
    """It is on, and there is something to shut down."""
    return still_runs(caller, thing.run, arguments) if thing.run else "It is off."


def up(caller: Caller, thing: ServiceVmRow, arguments: Mapping[str, Any]) -> str:
    """Its guest runs, so that something can be run in it."""
    if reason := on(caller, thing, arguments):
        return reason
    return "" if thing.state == VmState.RUNNING else f"It is {thing.state}, not running."


def has_run(caller: Caller, thing: ServiceVmRow, arguments: Mapping[str, Any]) -> str:
    """There are logs once it was on."""
    return "" if thing.run or thing.last else "It was never on."


@operation(
    "service_vm.power_up",
    _SERVICE_VM,
    on="service_vm",
    says="Start a service VM from its image's volume itself, which it then writes.",
    preconditions=(off, alone_on_its_volume),
)
async def power_up(call: Call, vm: ServiceVmRow) -> str:
    """Start a service VM; returns the ID of the VM that it is, once that runs.

    Raises `Refused` where a VM runs from its image, or another service VM writes that volume.
    """
    return await launch(
        call,
        Launch(
            vm=_row(vm),
            realm=call.enclave.realm(vm.realm_id),
            volume=vm.volume,
            os=vm.os,
            devices={each.kind: each.count for each in vm.devices},
            host_id=vm.host_id,
            service=True,
            debug=True,
        ),
    )


def _row(vm: ServiceVmRow) -> NewVm:
    """The VM that it becomes: nobody's, and of no team or project."""
    return NewVm(
        realm_id=vm.realm_id,
        name=vm.name,
        service=True,
        service_vm_id=vm.id,
        image_id=vm.image_id,
        cores=vm.cores,
        memory_mib=vm.memory_mib,
    )


@operation(
    "service_vm.shutdown",
    _SERVICE_VM,
    FORCE,
    on="service_vm",
    says="Shut a service VM down; with force, end it at once.",
    typed_name="force",
    preconditions=(on,),
)
async def shutdown(call: Call, vm: ServiceVmRow, *, force: bool = False) -> str:
    """Shut a service VM down; returns how it ended. Raises `Failed` if it does not end in time."""
    return await shut_down(call, _running(vm), force=force)


@operation(
    "service_vm.logs",
    _SERVICE_VM,
    on="service_vm",
    says="Open a service VM's logs: of now, or of when it was on last.",
    changes=False,
    preconditions=(has_run, real("keeps no logs")),
)
async def logs(call: Call, vm: ServiceVmRow) -> tuple[Log, ...]:
    """The logs of the VM that it is, or that it was when it was on last."""
    there = vm.run or vm.last
    return logs_of(call.enclave, there) if there else ()


@operation(
    "service_vm.restart_controller",
    _SERVICE_VM,
    on="service_vm",
    says="Restart the VM controller in a service VM's guest, by the guest's agent.",
    preconditions=(up, real("runs no guest")),
)
async def restart_controller(call: Call, vm: ServiceVmRow) -> str:
    """Run the realm's command for the guest's OS; returns how it ended and what it said.

    Raises `Refused` where the realm has no such command, and `Failed` in words where the guest has
    no agent, or has not that command.
    """
    realm = call.enclave.realm(vm.realm_id)
    command = next((words for os, words in realm.controller_restart.items() if os == vm.os), ())
    if not command:
        raise Refused(
            f"Realm {shown(realm.name)} has no command that restarts the controller of {vm.os}.",
            "It is set as controller_restart in the configuration file.",
        )
    run = _running(vm)
    ended = await call.enclave.watch.host(run.host_id or "").run_in_guest(run.uuid, command)
    call.detail |= {"command": " ".join(command), "exit_code": str(ended.exit_code)}
    return _told(command, ended)


def _told(command: tuple[str, ...], ended: GuestRun) -> str:
    """What was run, how it ended, and both of its outputs."""
    worked = "worked" if ended.exit_code == 0 else "FAILED"
    parts = (("It wrote", ended.output), ("It complained", ended.errors))
    said = [line for title, text in parts for line in _part(title, text)]
    head = [f"$ {' '.join(map(shown, command))}", f"It {worked}: exit code {ended.exit_code}."]
    return "\n".join([*head, *(said or ["", "It wrote nothing."])])


def _part(title: str, text: str) -> list[str]:
    return ["", f"{title}:", *shown_lines(text.rstrip())] if text.strip() else []


def _running(vm: ServiceVmRow) -> RunningVm:
    """The VM that it is: a precondition has seen that it is on."""
    assert vm.run is not None
    return vm.run
