"""The tree of projects: each one's path, and which of two is below the other (domain.md 2.13)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sqlmodel.ext.asyncio.session import AsyncSession

    from ticrypt_tui.backend.store.tables.people import Project


class Node(Protocol):
    """A project; `parent_id` is the less specific one that it belongs to."""

    id: str
    tag: str
    parent_id: str | None


def paths(projects: Iterable[Node]) -> dict[str, str]:
    """Each project's tags from the top down by its ID, as in `genomics/trial-7`.

    Where a store has a circle of parents all the same, the path ends where it would begin anew.
    """
    nodes = {each.id: each for each in projects}
    return {each: "/".join(reversed([node.tag for node in _upward(nodes, each)])) for each in nodes}


def lineages(projects: Iterable[Node]) -> dict[str, tuple[str, ...]]:
    """The IDs of all projects above each one, by its ID: its parent first."""
    nodes = {each.id: each for each in projects}
    return {each: tuple(node.id for node in _upward(nodes, each))[1:] for each in nodes}


def ancestors(projects: Iterable[Node], project_id: str | None) -> tuple[str, ...]:
    """The IDs of all projects above one, its parent first; of none, and of one at the top, ()."""
    nodes = {each.id: each for each in projects}
    return tuple(node.id for node in _upward(nodes, project_id))[1:]


def is_below(projects: Iterable[Node], child: str | None, ancestor: str) -> bool:
    """Whether a project is a subproject of another one, at any depth; none is below itself."""
    return child != ancestor and ancestor in ancestors(projects, child)


async def find_project(session: AsyncSession, reference: str) -> Project:
    """A project by its ID, its tag, or its whole path; raises `NotFound`."""
    from sqlmodel import select

    from ticrypt_tui.backend.store.lookup import find_one
    from ticrypt_tui.backend.store.tables.people import Project

    projects = list(await session.exec(select(Project)))
    named = any(reference in (each.id, each.tag) for each in projects)
    of_path = (each for each, path in paths(projects).items() if path == reference)
    return await find_one(session, Project, reference if named else next(of_path, reference))


def _upward(nodes: Mapping[str, Node], project_id: str | None) -> Iterator[Node]:
    """A project, its parent and so on up to the top; each once, whatever the store says."""
    seen: set[str] = set()
    here = project_id
    while here is not None and here in nodes and here not in seen:
        seen.add(here)
        yield nodes[here]
        here = nodes[here].parent_id
