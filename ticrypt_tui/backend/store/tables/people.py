"""Users, teams and projects: what the other tables refer to (domain.md 2.13)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.store.tables.columns import belongs, choice, identity, moment, now
from ticrypt_tui.backend.store.tables.versions import Versioned


class User(Versioned, table=True):
    """A person; `login` is the OS account that speaks for him."""

    __tablename__ = "user_record"

    id: str = identity("user")
    login: str = Field(unique=True, max_length=64)
    name: str = Field(max_length=200)
    role: Role = choice(Role, default=Role.USER)
    active: bool = True
    inactive_reason: str = ""
    created: datetime = moment(default_factory=now)


class Team(Versioned, table=True):
    """An administrative group that quotas hang on; no quota means unlimited."""

    __tablename__ = "team"

    id: str = identity("team")
    name: str = Field(unique=True, max_length=200)
    cores: int | None = None
    memory_mib: int | None = None
    drive_space_gib: int | None = None


class Project(Versioned, table=True):
    """A security tag; projects form a tree, `parent_id` being the less specific one."""

    __tablename__ = "project"

    id: str = identity("project")
    tag: str = Field(unique=True, max_length=200)
    colour: str = ""
    parent_id: str | None = Field(default=None, foreign_key="project.id")
    level: str = ""


class TeamMember(SQLModel, table=True):
    """A user's membership in a team."""

    __tablename__ = "team_member"

    team_id: str = belongs("team", primary_key=True)
    user_id: str = belongs("user_record", primary_key=True)


class ProjectMember(SQLModel, table=True):
    """A user's membership in a project."""

    __tablename__ = "project_member"

    project_id: str = belongs("project", primary_key=True)
    user_id: str = belongs("user_record", primary_key=True)


class UserKey(SQLModel, table=True):
    """The public halves of a user's keys; older ones stay, with when they were replaced."""

    __tablename__ = "user_key"
    __table_args__ = (UniqueConstraint("user_id", "number"),)

    id: str = identity("key")
    user_id: str = Field(foreign_key="user_record.id")
    number: int
    encryption_key: bytes
    signing_key: bytes
    fingerprint: str
    registered: datetime = moment(default_factory=now)
    replaced: datetime | None = moment(default=None)
