"""One VM as the store alone knows it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from ticrypt_tui.backend.services.naming import Names
from ticrypt_tui.backend.services.vms.running_vm import RunningVm


class Record(NamedTuple):
    """What is read of a VM: to make an object of each record would take several times as long."""

    id: str
    name: str
    state: str
    owner_id: str | None
    team_id: str | None
    team_name: str
    project_id: str | None
    project_tag: str
    realm_id: str
    host_id: str | None
    host_name: str
    cores: int
    memory_mib: int
    started: datetime | None
    debug: bool
    setup_name: str
    service: bool
    image_id: str | None
    configuration_id: str | None
    service_vm_id: str | None
    shutdown_asked_by: str | None


def row_of(vm: Record, names: Names, realms: Mapping[str, str]) -> RunningVm:
    """A VM as the store alone knows it."""
    return RunningVm(
        id=sys.intern(vm.id),  # drivers have it, too
        name=vm.name,
        state=vm.state,
        owner=names.owner(vm.owner_id),
        team=names.team(vm.team_id, vm.team_name),
        project=names.project(vm.project_id, vm.project_tag),
        realm=realms[vm.realm_id],
        realm_id=sys.intern(vm.realm_id),
        host=names.host(vm.host_id, vm.host_name),
        host_id=_once(vm.host_id),
        cores=vm.cores,
        memory_mib=vm.memory_mib,
        started=vm.started,
        debug=vm.debug,
        debug_pty=vm.configuration_id in names.consoles,
        setup=sys.intern(vm.setup_name),
        service=vm.service,
        owner_id=_once(vm.owner_id),
        team_id=_once(vm.team_id),
        project_id=_once(vm.project_id),
        image_id=_once(vm.image_id),
        configuration_id=vm.configuration_id,
        service_vm_id=vm.service_vm_id,
        co_owner_ids=names.co_owners.get(vm.configuration_id or "", ()),
        above=names.above.get(vm.project_id or "", ()),
        uuid=sys.intern(vm.id.removeprefix("vm-")),
        domain=sys.intern(vm.id),
        asked=vm.shutdown_asked_by is not None,
    )


def _once(text: str | None) -> str | None:
    """The one string for a text that many rows have."""
    return None if text is None else sys.intern(text)
