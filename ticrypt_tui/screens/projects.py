"""Projects: the tags that say how sensitive work is; a subproject is more so than what it is
below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ticrypt_tui.config.colours import COLOURS
from ticrypt_tui.screens.declaration import Action, Ask, Column, Field, Form, Kind, Tab
from ticrypt_tui.screens.showing import NONE, counted, named, or_none
from ticrypt_tui.screens.teams import member_note
from ticrypt_tui.screens.users import project_note

if TYPE_CHECKING:
    from ticrypt_tui.backend.services.people.projects import ProjectRow

SQUARE = "■"


def colour(row: ProjectRow) -> str:
    """The colour, and its word."""
    return f"{SQUARE} {row.colour}" if row.colour else NONE


def colour_role(row: ProjectRow) -> str:
    return f"project-{row.colour}" if row.colour in COLOURS else "muted"


def in_tree(row: ProjectRow) -> str:
    """What sorts a project right after the one that it is below."""
    return row.path.replace("/", "\0")


def may_be_above(option: ProjectRow, values: Mapping[str, Any], rows: Sequence[Any]) -> bool:
    """Whether a project may be the parent of the one that is edited: it is not in it."""
    return not rows or rows[0].id not in (option.id, *option.above)


def about(row: ProjectRow) -> tuple[str, ...]:
    """Where it is, and who is in it."""
    below = f"{counted(len(row.children), 'subproject')}"
    members = counted(len(row.members), "member")
    return (f"{row.path} · {below} · {members}{': ' if row.members else ''}{named(row.members)}",)


_FIELDS = (
    Field("tag", "Tag", alone=True, holds=lambda row: row.name,
          says="1 to 200 characters without /, no other project's: what VMs and drives are tagged "
               "with."),
    Field("colour", "Colour", Kind.CHOICE, choices=COLOURS, required=False,
          says="Optional: the colour beside the tag."),
    Field("parent", "Below", Kind.OBJECT, required=False, of="projects", note=project_note,
          offers=may_be_above, holds=lambda row: row.parent_id, unset="none: at the top",
          says="Optional: the less specific project that it belongs to. A VM may move from a "
               "project to what that is below, and not back."),
    Field("level", "Security level", required=False,
          says="Optional: what it asks for, in your institution's words, such as HIPAA or CUI."),
    Field("members", "Members", Kind.OBJECTS, required=False, of="users", note=member_note,
          holds=lambda row: row.member_ids,
          says="Optional: who may have VMs and drives of the project. A sub-admin who is in it "
               "looks after them all."),
)  # fmt: skip

TAB = Tab(
    name="projects",
    title="Projects",
    group="People",
    noun="project",
    columns=(
        Column("path", "PROJECT", 32, lambda row: row.path, rank=0, sorts_by=in_tree),
        Column("colour", "COLOUR", 9, colour, rank=0, style=colour_role,
               sorts_by=lambda row: row.colour),
        Column("level", "LEVEL", 14, lambda row: or_none(row.level), rank=1),
        Column("count", "USERS", 5, lambda row: str(len(row.members)), rank=2, right=True,
               sorts_by=lambda row: len(row.members)),
        Column("below", "BELOW IT", 8, lambda row: str(len(row.children)), rank=5, right=True,
               sorts_by=lambda row: len(row.children)),
        Column("configurations", "CONFIGS", 7, lambda row: str(len(row.uses.configurations)),
               rank=4, right=True, sorts_by=lambda row: len(row.uses.configurations)),
        Column("vms", "VMS", 4, lambda row: str(len(row.uses.vms)), rank=3, right=True,
               sorts_by=lambda row: len(row.uses.vms)),
        Column("members", "MEMBERS", 40, lambda row: named(row.members), rank=6),
    ),
    actions=(
        Action("project.create", "n", "new", on_row=False, bulk=False),
        Action("project.edit", "e", "edit", bulk=False),
        Action("project.delete", "d", "delete", ask=Ask.CONFIRM),
    ),
    forms=(
        Form("project.create", "New project", _FIELDS),
        Form("project.edit", "Edit", _FIELDS),
    ),
    empty="A project keeps what its VMs and drives hold to its members. There is none yet, so "
          "all of them are Unlocked. {new} makes the first one.",
    sort="path",
    about=about,
    called="tag",
)  # fmt: skip
