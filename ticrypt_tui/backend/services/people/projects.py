"""Projects: the tags that say how sensitive work is, in a tree (domain.md 2.13)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import select

from ticrypt_tui.backend.services.base import Detail, Section, Service
from ticrypt_tui.backend.services.names import read_names
from ticrypt_tui.backend.services.people.membership import MEMBERS_OF_PROJECT, read_members
from ticrypt_tui.backend.services.people.project_paths import ancestors, paths
from ticrypt_tui.backend.services.people.uses import NOTHING, Uses, read_uses, use_section
from ticrypt_tui.backend.services.wording import listed
from ticrypt_tui.backend.store.tables.people import Project

_NAMED = 40


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """A project; `name` is its tag, `path` the tags from the top down to it.

    `above` are the IDs of the projects that it is a subproject of, at any depth, and `children`
    the tags of those directly below it.
    """

    id: str
    name: str
    path: str
    colour: str
    level: str
    parent: str
    parent_id: str | None
    above: tuple[str, ...]
    children: tuple[str, ...]
    members: tuple[str, ...]
    member_ids: tuple[str, ...]
    uses: Uses
    version: int


class Projects(Service[ProjectRow]):
    """The tab of projects, each after the one that it is below."""

    tab = "projects"
    kind = "project"
    noun = "project"
    table = Project

    async def rows(self) -> tuple[ProjectRow, ...]:
        async with self.enclave.database.read() as session:
            projects = list(await session.exec(select(Project)))
            names = await read_names(session)
            members = await read_members(session, MEMBERS_OF_PROJECT)
            uses = await read_uses(session, "project_id")
        path = paths(projects)
        return tuple(
            ProjectRow(
                id=each.id,
                name=each.tag,
                path=path[each.id],
                colour=each.colour,
                level=each.level,
                parent=path.get(each.parent_id or "", ""),
                parent_id=each.parent_id,
                above=ancestors(projects, each.id),
                children=children_of(projects, each.id),
                members=tuple(sorted(map(names.owner, members.get(each.id, ())))),
                member_ids=members.get(each.id, ()),
                uses=uses.get(each.id, NOTHING),
                version=each.version,
            )
            for each in sorted(projects, key=lambda each: path[each.id].split("/"))
        )

    async def detail(self, row: ProjectRow) -> Detail:
        facts = (
            ("ID", row.id),
            ("tag", row.name),
            ("path", row.path),
            ("colour", row.colour or "none"),
            ("level", row.level or "none"),
            ("subprojects", listed(row.children, _NAMED) or "none"),
        )
        members = (f"{len(row.members)}: {listed(row.members, _NAMED)}",) if row.members else ()
        return Detail(
            row.path,
            (
                Section("Project", facts),
                Section("Members", lines=members or ("none",)),
                use_section(row.uses),
            ),
        )


def children_of(projects: list[Project], project_id: str) -> tuple[str, ...]:
    """The tags of the projects directly below one."""
    return tuple(sorted(each.tag for each in projects if each.parent_id == project_id))
