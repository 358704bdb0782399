"""Making, changing and deleting projects; they stay a tree, whoever changes them at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.errors import NotFound, Refused
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.checks import LONGEST_NAME
from ticrypt_tui.backend.services.editing import VERSION, as_read
from ticrypt_tui.backend.services.names import UNLOCKED
from ticrypt_tui.backend.services.people.membership import MEMBERS_OF_PROJECT, put_members
from ticrypt_tui.backend.services.people.project_paths import is_below, paths
from ticrypt_tui.backend.services.people.projects import ProjectRow, children_of
from ticrypt_tui.backend.services.people.user_rules import refuse_another
from ticrypt_tui.backend.services.people.uses import NOTHING, read_uses, still_used
from ticrypt_tui.backend.store.lookup import find_one
from ticrypt_tui.backend.store.tables.people import Project
from ticrypt_tui.config.colours import COLOURS
from ticrypt_tui.text import shown

_LONGEST_LEVEL = 60
_MEMBERS = "logins or IDs, separated by commas"
_PARENT = "the less specific project that it belongs to"
_LEVEL = "what it asks for, in the words of your institution"


def proper_tag(caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
    """A tag has 1 to 200 printable characters, and no / for that parts the tags of a path."""
    tag = arguments.get("tag")
    if tag is None:
        return ""
    if tag.casefold() == UNLOCKED.casefold():
        return f"{UNLOCKED} is what has no project at all."
    proper = tag.isprintable() and tag == tag.strip() and "/" not in tag
    if proper and 1 <= len(tag) <= LONGEST_NAME:
        return ""
    return (
        f"A tag has 1 to {LONGEST_NAME} printable characters, no / and no space at its ends; "
        f"“{shown(tag[:LONGEST_NAME])}” has not."
    )


def proper_level(caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
    """A level is a few printable words."""
    level = arguments.get("level") or ""
    if level.isprintable() and len(level) <= _LONGEST_LEVEL:
        return ""
    return f"A level has at most {_LONGEST_LEVEL} printable characters."


def not_used(caller: Caller, thing: ProjectRow, arguments: Mapping[str, Any]) -> str:
    """A project goes only when nothing is below it or refers to it."""
    return still_used(thing.uses, ("subproject", thing.children))


_PROPER = (proper_tag, proper_level)


@operation(
    "project.create",
    Argument("tag"),
    Argument("colour", "choice", required=False, choices=COLOURS),
    Argument("parent", "object", required=False, says=_PARENT),
    Argument("level", required=False, says=_LEVEL),
    Argument("members", "list", required=False, says=_MEMBERS),
    says="Make a project.",
    preconditions=_PROPER,
)
async def create(
    call: Call, *, tag: str, parent: str = "", members: Sequence[str] = (), **more: Any
) -> str:
    """Make a project; returns its ID."""
    async with call.change() as session:
        await refuse_another(session, Project, "a project", tag=tag)
        above = (await _found(session, parent)).id if parent else None
        project = Project(tag=tag, parent_id=above, **more)
        session.add(project)
        await session.flush()
        await put_members(session, call.caller, MEMBERS_OF_PROJECT, project, members)
        call.made(project.id)
    return project.id


@operation(
    "project.edit",
    Argument("project", "object", says="a project's ID or tag"),
    Argument("tag", required=False),
    Argument("colour", "choice", required=False, choices=COLOURS, clears=True, says="empty: none"),
    Argument("parent", "object", required=False, clears=True, says=f"{_PARENT}; empty: none"),
    Argument("level", required=False, clears=True, says=f"{_LEVEL}; empty: none"),
    Argument("members", "list", required=False, clears=True, says=f"{_MEMBERS}; empty: none"),
    VERSION,
    on="project",
    says="Change a project, and where in the tree it is.",
    preconditions=_PROPER,
)
async def edit(call: Call, project: ProjectRow, *, version: int = 0, **changes: Any) -> None:
    """Change the project's fields that are given. Raises `Changed` where somebody else was quicker,
    and `Refused` where it would be below itself."""
    async with call.change() as session:
        found = await as_read(session, Project, project.id, project.path,
                              version or project.version)  # fmt: skip
        if "tag" in changes:
            await refuse_another(session, Project, "a project", found.id, tag=changes["tag"])
        if "parent" in changes:
            parent = changes.pop("parent")
            changes["parent_id"] = await _above(session, found, parent) if parent else None
        if "members" in changes:
            wanted = changes.pop("members") or ()
            await put_members(session, call.caller, MEMBERS_OF_PROJECT, found, wanted)
        for words in ("colour", "level"):
            if words in changes:
                changes[words] = changes[words] or ""
        found.sqlmodel_update(changes)
        session.add(found)


@operation(
    "project.delete",
    Argument("project", "object", says="a project's ID or tag"),
    on="project",
    says="Delete a project that nothing is below and nothing refers to.",
    preconditions=(not_used,),
)
async def delete(call: Call, project: ProjectRow) -> str:
    """Delete a project. Raises `Refused` with the names of what needs it by now."""
    async with call.change() as session:
        found = await as_read(session, Project, project.id, project.path, project.version)
        uses = (await read_uses(session, "project_id")).get(found.id, NOTHING)
        below = children_of(list(await session.exec(select(Project))), found.id)
        if reason := still_used(uses, ("subproject", below)):
            raise Refused(reason)
        await session.delete(found)
    return f"{shown(project.path)} is deleted"


async def _above(session: AsyncSession, project: Project, reference: str) -> str:
    """The ID of a new parent; raises `Refused` for one that is the project or below it."""
    parent = await _found(session, reference)
    every = list(await session.exec(select(Project)))
    if parent.id == project.id or is_below(every, parent.id, project.id):
        path, tag = shown(paths(every)[parent.id]), shown(project.tag)
        raise Refused(
            f"{tag} would be its own ancestor: {path} is below it."
            if parent.id != project.id else f"{tag} cannot be below itself: {path}.",
            f"Choose a project that is not in {tag}.",
            about="parent",
        )  # fmt: skip
    return parent.id


async def _found(session: AsyncSession, reference: str) -> Project:
    try:
        return await find_one(session, Project, reference)
    except NotFound as error:
        raise NotFound(shown(error.sentence), about="parent") from None
