"""Every service there is by its tab, and the modules that register operations by what these are on.

Each is imported when it is first asked for: who looks at running VMs waits for nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ticrypt_tui.backend import operations

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave
    from ticrypt_tui.backend.services.base import AnyService

SERVICES: Mapping[str, str] = {
    "realms": "realms.realms.Realms",
    "hosts": "hosts.hosts.Hosts",
    "profiles": "profiles.profiles.Profiles",
    "pools": "storage.pools.Pools",
    "volumes": "storage.volumes.Volumes",
    "images": "images.images.Images",
    "setups": "setups.setups.Setups",
    "configs": "configs.configs.Configs",
    "running": "vms.running.RunningVms",
    "past": "vms.past.PastVms",
    "service": "service_vms.service_vms.ServiceVms",
    "drives": "drives.drives.Drives",
    "licensing": "licensing.licenses.Licenses",
    "audit": "audit.audit.AuditRecords",
    "users": "people.users.Users",
    "teams": "people.teams.Teams",
    "projects": "people.projects.Projects",
    "services": "units.units.SystemServices",
}
"""The module and class of each tab's service."""
CHOICES: Mapping[str, str] = {
    "pooltypes": "storage.pool_types.PoolTypes",
    "setupchoices": "configs.choices.SetupChoices",
    "ownerchoices": "configs.choices.OwnerChoices",
    "teamchoices": "configs.choices.TeamChoices",
    "projectchoices": "configs.choices.ProjectChoices",
    "drivechoices": "drives.choices.DriveChoices",
    "realmchoices": "drives.choices.RealmChoices",
    "tierchoices": "drives.choices.TierChoices",
    "receivers": "drives.choices.Receivers",
}
"""The same of those that forms choose among, on no tab of their own."""
TABS: Mapping[str, str] = {
    "realm": "realms", "host": "hosts", "profile": "profiles", "pool": "pools",
    "volume": "volumes", "image": "images", "setup": "setups", "config": "configs",
    "vm": "running", "service_vm": "service", "drive": "drives", "license": "licensing",
    "user": "users", "team": "teams", "project": "projects", "unit": "services",
}  # fmt: skip
"""The tab of each kind of object that operations are on."""
OPERATIONS: Mapping[str, Sequence[str]] = {
    "audit": ("audit.audit", "audit.export"),
    "config": ("configs.changes", "starting.starting"),
    "drive": ("drives.changes", "drives.deleting", "drives.sharing", "drives.unsharing"),
    "host": ("hosts.changes", "hosts.document", "hosts.probe", "hosts.utilization"),
    "image": ("images.changes",),
    "license": ("licensing.changes", "licensing.export", "licensing.resync", "licensing.trial"),
    "pool": ("storage.pool_changes", "storage.documents"),
    "profile": ("profiles.changes",),
    "project": ("people.project_changes",),
    "realm": ("realms.realms", "fixing.fixing"),
    "service_vm": (
        "service_vms.changes",
        "service_vms.power",
        "guest_screens.guest_screens",
        "guest_consoles.guest_consoles",
    ),
    "setup": ("setups.changes", "setups.warning", "setups.simulating"),
    "team": ("people.team_changes",),
    "unit": ("units.logs", "units.restart"),
    "user": ("people.user_changes", "keys.key_registration"),
    "vm": (
        "vms.shutdown",
        "vms.logs",
        "vms.tagging",
        "guest_screens.guest_screens",
        "guest_screens.screen_text",
        "guest_consoles.guest_consoles",
    ),
    "volume": ("storage.volume_changes", "storage.documents"),
}
"""The modules that register operations, by the first word of the operations' names."""
_ON = {**{tab: kind for kind, tab in TABS.items()}, "past": "vm"}


def operation(name: str) -> operations.Operation | None:
    """The operation of that name, if there is one."""
    _register(name.partition(".")[0])
    return operations.REGISTRY.get(name)


def find(name: str) -> operations.Operation:
    """The same; raises `WrongUse` where there is none."""
    return operation(name) or operations.find(name)


def every_operation() -> Mapping[str, operations.Operation]:
    """Every operation there is, by its name."""
    for word in OPERATIONS:
        _register(word)
    return operations.REGISTRY


class Services(Mapping[str, "AnyService"]):
    """The services of one enclave by their tabs, each made when it is first asked for."""

    def __init__(self, enclave: Enclave) -> None:
        self._enclave = enclave
        self.made: dict[str, AnyService] = {}
        self._registered: set[str] = set()

    def __getitem__(self, tab: str) -> AnyService:
        if tab not in self.made:
            self.made[tab] = _service(tab)(self._enclave)
        return self.made[tab]

    def __contains__(self, tab: object) -> bool:
        return tab in SERVICES or tab in CHOICES

    def __iter__(self) -> Iterator[str]:
        return iter((*SERVICES, *CHOICES))

    def __len__(self) -> int:
        return len(SERVICES) + len(CHOICES)

    async def imported(self, tab: str, *, operations: bool = False) -> AnyService:
        """The service of a tab that there is, and with it the operations on its rows if these are
        to be shown; what has still to be imported holds up nothing."""
        if tab not in self.made:
            await asyncio.to_thread(_service, tab)
        if operations and tab not in self._registered:
            await asyncio.to_thread(_register, _ON.get(tab, tab))
            self._registered.add(tab)
        return self[tab]


def _service(tab: str) -> type[Any]:
    module, _, name = (SERVICES.get(tab) or CHOICES[tab]).rpartition(".")
    made: type[Any] = getattr(_imported(module), name)
    return made


@cache
def _register(word: str) -> None:
    for module in OPERATIONS.get(word, ()):
        _imported(module)


def _imported(module: str) -> Any:
    return import_module(f"{__package__}.{module}")
