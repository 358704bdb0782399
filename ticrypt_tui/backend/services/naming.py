"""What the IDs in other tables are called, however that is read: here is only what to read.

`names` reads it for the enclave, and `vms.first_look` without all that the enclave needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ticrypt_tui.backend.services.people.project_paths import lineages, paths

UNLOCKED = "Unlocked"
"""What a VM or drive without a project is called (domain.md 2.12)."""


class RealmNames(dict[str, str]):
    """Realms' names by ID; one that is in the configuration no more is called by its ID."""

    def __missing__(self, realm_id: str) -> str:
        return realm_id


@dataclass(frozen=True, slots=True)
class Names:
    """Logins, team names, project paths and host names by ID; the IDs of the projects `above` each
    one, its parent first; those of the `co_owners` of each configuration; and the configurations
    whose setup has a serial console that an admin may open.

    What is gone is called by the name that was copied when it was there, else by its ID.
    """

    users: Mapping[str, str]
    teams: Mapping[str, str]
    projects: Mapping[str, str]
    hosts: Mapping[str, str]
    above: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    co_owners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    consoles: frozenset[str] = frozenset()

    def owner(self, user_id: str | None) -> str:
        return self.users.get(user_id, user_id) if user_id else ""

    def team(self, team_id: str | None, copied: str = "") -> str:
        return self.teams.get(team_id or "", copied or team_id or "")

    def project(self, project_id: str | None, copied: str = "") -> str:
        return self.projects.get(project_id or "", copied or project_id or UNLOCKED)

    def host(self, host_id: str | None, copied: str = "") -> str:
        return self.hosts.get(host_id or "", copied or host_id or "")


READ = (
    "SELECT id, login FROM user_record",
    "SELECT id, name FROM team",
    "SELECT id, name FROM host",
    "SELECT id, tag, parent_id FROM project",
    "SELECT configuration_id, user_id FROM co_owner",
    "SELECT vm_configuration.id FROM vm_configuration JOIN hardware_setup"
    " ON hardware_setup.id = vm_configuration.setup_id WHERE hardware_setup.debug_pty",
)
"""What names are made of, in one snapshot; on every database that there can be."""


@dataclass(slots=True)
class _Project:
    id: str
    tag: str
    parent_id: str | None


def names_of(found: Iterable[Iterable[Any]]) -> Names:
    """The names, from the rows that each statement of `READ` gives."""
    users, teams, hosts, tree, co_owners, consoles = found
    projects = [_Project(*each) for each in tree]
    shared: dict[str, tuple[str, ...]] = {}
    for configuration, user in co_owners:
        shared[configuration] = (*shared.get(configuration, ()), user)
    return Names(
        users=dict(map(tuple, users)),
        teams=dict(map(tuple, teams)),
        projects=paths(projects),
        hosts=dict(map(tuple, hosts)),
        above=lineages(projects),
        co_owners=shared,
        consoles=frozenset(each for (each,) in consoles),
    )
