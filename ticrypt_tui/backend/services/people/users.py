"""Users: who may use the console at all, in which role, teams and projects (domain.md 2.13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.services.base import Detail, Section, Service
from ticrypt_tui.backend.services.names import read_names
from ticrypt_tui.backend.services.people.membership import (
    PROJECTS_OF_USER,
    TEAMS_OF_USER,
    read_members,
)
from ticrypt_tui.backend.services.people.uses import NOTHING, Uses, read_uses, use_section
from ticrypt_tui.backend.services.wording import moment
from ticrypt_tui.backend.store.tables.people import User
from ticrypt_tui.text import shown

ACTIVE, INACTIVE = "active", "inactive"


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user; `name` is the login, by which everybody calls him, `person` the name that he bears.

    `teams` are names and `projects` paths; `uses` is what he owns.
    """

    id: str
    name: str
    login: str
    person: str
    role: Role
    active: bool
    reason: str
    teams: tuple[str, ...]
    team_ids: tuple[str, ...]
    projects: tuple[str, ...]
    project_ids: tuple[str, ...]
    uses: Uses
    created: datetime
    version: int

    @property
    def state(self) -> str:
        return ACTIVE if self.active else INACTIVE


class Users(Service[UserRow]):
    """The tab of users."""

    tab = "users"
    kind = "user"
    noun = "user"
    table = User

    async def rows(self) -> tuple[UserRow, ...]:
        async with self.enclave.database.read() as session:
            users = list(await session.exec(select(User).order_by(col(User.login))))
            names = await read_names(session)
            teams = await read_members(session, TEAMS_OF_USER)
            projects = await read_members(session, PROJECTS_OF_USER)
            uses = await read_uses(session, "owner_id")
        return tuple(
            UserRow(
                id=each.id,
                name=each.login,
                login=each.login,
                person=each.name,
                role=each.role,
                active=each.active,
                reason=each.inactive_reason,
                teams=tuple(sorted(map(names.team, teams.get(each.id, ())))),
                team_ids=teams.get(each.id, ()),
                projects=tuple(sorted(map(names.project, projects.get(each.id, ())))),
                project_ids=projects.get(each.id, ()),
                uses=uses.get(each.id, NOTHING),
                created=each.created,
                version=each.version,
            )
            for each in users
        )

    async def detail(self, row: UserRow) -> Detail:
        facts = (
            ("ID", row.id),
            ("login", row.login),
            ("name", row.person),
            ("role", row.role),
            ("state", row.state if row.active else f"{row.state}: {row.reason}"),
            ("created", moment(row.created)),
        )
        of = (
            ("teams", ", ".join(map(shown, row.teams)) or "none"),
            ("projects", ", ".join(map(shown, row.projects)) or "none"),
        )
        owned = use_section(row.uses)
        sections = (Section("User", facts), Section("Member of", of),
                    Section("Owns", owned.fields, owned.lines))  # fmt: skip
        return Detail(row.name, sections)
