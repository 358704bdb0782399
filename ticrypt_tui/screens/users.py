"""Users: who may use the console, in which role, teams and projects; they are made, edited,
deactivated with a reason, and made active again by an edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticrypt_tui.screens.declaration import Action, Column, Field, Form, Kind, Tab
from ticrypt_tui.screens.showing import counted, moment, named, or_none

if TYPE_CHECKING:
    from ticrypt_tui.backend.services.people.projects import ProjectRow
    from ticrypt_tui.backend.services.people.teams import TeamRow
    from ticrypt_tui.backend.services.people.users import UserRow

ROLES = ("user", "sub-admin", "admin", "super-admin")
_ROLE_ROLES = {"super-admin": "warning", "admin": "accent", "user": "muted"}
_LISTED = 4


def role_role(row: UserRow) -> str:
    return _ROLE_ROLES.get(row.role, "")


def state_role(row: UserRow) -> str:
    return "success" if row.active else "warning"


def row_role(row: UserRow) -> str:
    return "" if row.active else "muted"


def teams(row: UserRow) -> str:
    return or_none(named(row.teams, _LISTED))


def projects(row: UserRow) -> str:
    return or_none(named(row.projects, _LISTED))


def about(row: UserRow) -> tuple[str, ...]:
    """Who it is, and what stays his."""
    owns = [f"{counted(len(names), noun)} ({named(names)})" for noun, names in row.uses.kinds]
    return (
        f"{row.person} · {row.role} · teams {teams(row)} · projects {projects(row)}",
        f"owns {', '.join(owns) or 'nothing'}",
        "His consoles show nothing from then on. His VMs run on, and what is his stays his.",
    )


def team_note(row: TeamRow) -> str:
    return counted(len(row.members), "member")


def project_note(row: ProjectRow) -> str:
    """Where in the tree it is."""
    return row.path if row.parent_id else ""


_FIELDS = (
    Field("login", "Login", alone=True,
          says="The OS account that speaks for him, on the machines where the console runs: "
               "whoever has logged in there as this is this user."),
    Field("name", "Name", holds=lambda row: row.person, says="1 to 200 characters."),
    Field("role", "Role", Kind.CHOICE, choices=ROLES,
          says="user: what is his own · sub-admin: what is of his teams and projects · admin: all "
               "of it · super-admin: settings and roles, too. You give roles below your own."),
    Field("teams", "Teams", Kind.OBJECTS, required=False, of="teams", note=team_note,
          holds=lambda row: row.team_ids,
          says="Optional: the teams that his VMs and drives may be counted to."),
    Field("projects", "Projects", Kind.OBJECTS, required=False, of="projects", note=project_note,
          holds=lambda row: row.project_ids,
          says="Optional: the projects that his VMs and drives may belong to."),
)  # fmt: skip
_ACTIVE = Field(
    "active", "Active", Kind.FLAG, required=False,
    says="A tick makes an inactive user active again. Deactivating is an action of its own: it "
         "asks for the reason.",
)  # fmt: skip
_REASON = Field(
    "reason", "Reason", holds=lambda row: "",
    says="Why. He is told it when he tries to open the console, and the audit log keeps it.",
)  # fmt: skip

TAB = Tab(
    name="users",
    title="Users",
    group="People",
    noun="user",
    columns=(
        Column("name", "LOGIN", 16, lambda row: row.login, rank=0),
        Column("person", "NAME", 22, lambda row: row.person, rank=1),
        Column("role", "ROLE", 11, lambda row: row.role, rank=0, style=role_role,
               sorts_by=lambda row: ROLES.index(row.role)),
        Column("state", "STATE", 8, lambda row: row.state, rank=0, style=state_role),
        Column("teams", "TEAMS", 20, teams, rank=3),
        Column("projects", "PROJECTS", 30, projects, rank=4),
        Column("configurations", "CONFIGS", 7, lambda row: str(len(row.uses.configurations)),
               rank=5, right=True, sorts_by=lambda row: len(row.uses.configurations)),
        Column("vms", "VMS", 4, lambda row: str(len(row.uses.vms)), rank=2, right=True,
               sorts_by=lambda row: len(row.uses.vms)),
        Column("created", "CREATED", 12, lambda row: moment(row.created), rank=6,
               sorts_by=lambda row: row.created),
        Column("reason", "WHY INACTIVE", 30, lambda row: row.reason, rank=7),
    ),
    actions=(
        Action("user.create", "n", "new", on_row=False, bulk=False),
        Action("user.edit", "e", "edit", bulk=False),
        Action("user.deactivate", "d", "deactivate"),
    ),
    forms=(
        Form("user.create", "New user", _FIELDS),
        Form("user.edit", "Edit", (*_FIELDS, _ACTIVE)),
        Form("user.deactivate", "Deactivate", (_REASON,), verb="Deactivate"),
    ),
    empty="A user is who may open this console, by the login of his operating system account. "
          "There is none that you could see. {new} makes one.",
    dims=row_role,
    about=about,
    called="login",
)  # fmt: skip
