"""What the IDs in other tables are called, once that is read (`names`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
