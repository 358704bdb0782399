"""Projects: their tree stays a tree, their tags are theirs alone, and when one may go."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.backend.conftest import Opener
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Changed, NotFound, Refused, WrongUse
from ticrypt_tui.backend.store.tables.people import Project


async def tree(enclave: Enclave, *tags: str) -> None:
    """Projects, each below the one before."""
    above = ""
    for tag in tags:
        await enclave.run("project.create", {"tag": tag, "parent": above})
        above = tag


async def paths(enclave: Enclave) -> list[str]:
    rows: list[Any] = list((await enclave.listing("projects")).rows)
    return [row.path for row in rows]


async def project(enclave: Enclave, tag: str) -> Any:
    return next(row for row in (await enclave.listing("projects")).rows if row.name == tag)


async def test_a_project_has_what_it_was_made_with(enclave: Enclave) -> None:
    await tree(enclave, "genomics")
    await enclave.run(
        "project.create",
        {"tag": "trial-7", "colour": "teal", "parent": "genomics", "level": "HIPAA",
         "members": "mara"},
    )  # fmt: skip
    row = await project(enclave, "trial-7")
    assert (row.path, row.colour, row.level, row.members) == (
        "genomics/trial-7", "teal", "HIPAA", ("mara",)
    )  # fmt: skip
    assert (row.parent, row.above) == ("genomics", ((await project(enclave, "genomics")).id,))


async def test_rows_come_as_the_tree_is(enclave: Enclave) -> None:
    await tree(enclave, "imaging")
    await tree(enclave, "genomics", "trial-7", "batch-1")
    assert await paths(enclave) == [
        "genomics", "genomics/trial-7", "genomics/trial-7/batch-1", "imaging"
    ]  # fmt: skip


async def test_an_edit_changes_what_it_is_given_and_nothing_else(enclave: Enclave) -> None:
    await enclave.run("project.create", {"tag": "genomics", "colour": "red", "level": "high"})
    await enclave.run("project.edit", {"project": "genomics", "tag": "genes"})
    row = await project(enclave, "genes")
    assert (row.colour, row.level) == ("red", "high")


@pytest.mark.parametrize("argument", ["colour", "level", "parent", "members"])
async def test_what_may_be_empty_is_emptied(enclave: Enclave, argument: str) -> None:
    await tree(enclave, "genomics")
    whole = {"colour": "red", "level": "high", "parent": "genomics", "members": "mara"}
    await enclave.run("project.create", {"tag": "trial-7", **whole})
    await enclave.run("project.edit", {"project": "trial-7", argument: ""})
    row = await project(enclave, "trial-7")
    assert not getattr(row, argument)
    assert all(getattr(row, each) for each in whole if each != argument)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"tag": "a/b"}, "no / and no space at its ends"),
        ({"tag": " a"}, "no / and no space at its ends"),
        ({"tag": "x" * 300}, "A tag has 1 to 200 printable characters"),
        ({"tag": "gen\x1bomics"}, "A tag has 1 to 200 printable characters"),
        ({"tag": "unlocked"}, "Unlocked is what has no project at all."),
        ({"tag": "imaging"}, "There is a project with the tag imaging already."),
        ({"colour": "ultraviolet"}, "colour is one of red, orange"),
        ({"level": "x" * 61}, "A level has at most 60 printable characters."),
        ({"level": "a\nb"}, "A level has at most 60 printable characters."),
        ({"parent": "nowhere"}, "There is no project nowhere."),
        ({"members": "zoe"}, "There is no user zoe."),
    ],
)
async def test_bad_input_is_refused_in_words(
    enclave: Enclave, changes: dict[str, Any], sentence: str
) -> None:
    await tree(enclave, "imaging")
    await tree(enclave, "genomics")
    attempts = ("project.create", {"tag": "new"}), ("project.edit", {"project": "genomics"})
    for operation, given in attempts:
        with pytest.raises((Refused, WrongUse)) as refusal:
            await enclave.run(operation, {**given, **changes})
        assert sentence in str(refusal.value)
    assert await paths(enclave) == ["genomics", "imaging"]


async def test_the_records_name_a_new_project_by_its_tag(enclave: Enclave) -> None:
    await tree(enclave, "genomics")
    records = [each for each in await enclave.records() if each.operation == "project.create"]
    assert {each.target_name for each in records} == {"genomics"}


# The tree


async def test_a_project_that_would_be_its_own_ancestor_is_refused_with_the_path(
    enclave: Enclave,
) -> None:
    await tree(enclave, "genomics", "trial-7", "batch-1")
    with pytest.raises(Refused) as refusal:
        await enclave.run("project.edit", {"project": "genomics", "parent": "batch-1"})
    assert str(refusal.value) == (
        "genomics would be its own ancestor: genomics/trial-7/batch-1 is below it. "
        "Choose a project that is not in genomics."
    )
    with pytest.raises(Refused, match="trial-7 cannot be below itself: genomics/trial-7"):
        await enclave.run("project.edit", {"project": "trial-7", "parent": "trial-7"})


async def test_a_project_moves_with_everything_below_it(enclave: Enclave) -> None:
    await tree(enclave, "imaging")
    await tree(enclave, "genomics", "trial-7", "batch-1")
    await enclave.run("project.edit", {"project": "trial-7", "parent": "imaging"})
    assert await paths(enclave) == [
        "genomics", "imaging", "imaging/trial-7", "imaging/trial-7/batch-1"
    ]  # fmt: skip


async def test_two_consoles_that_make_a_circle_at_the_same_moment_make_none(
    enclave: Enclave, open_enclave: Opener
) -> None:
    await tree(enclave, "genomics")
    await tree(enclave, "imaging")
    other = await open_enclave()
    came = await asyncio.gather(
        enclave.run("project.edit", {"project": "genomics", "parent": "imaging"}),
        other.run("project.edit", {"project": "imaging", "parent": "genomics"}),
        return_exceptions=True,
    )
    (refused,) = [each for each in came if each is not None]
    assert isinstance(refused, Refused)
    assert "would be its own ancestor" in str(refused)
    assert len([path for path in await paths(enclave) if "/" in path]) == 1


async def test_a_circle_that_the_store_has_all_the_same_is_shown_and_can_be_undone(
    enclave: Enclave,
) -> None:
    await tree(enclave, "genomics", "trial-7")
    async with enclave.database.write() as session:
        top = await session.get_one(Project, (await project(enclave, "genomics")).id)
        top.parent_id = (await project(enclave, "trial-7")).id
        session.add(top)
    assert len(await paths(enclave)) == 2
    await enclave.run("project.edit", {"project": "genomics", "parent": ""})
    assert await paths(enclave) == ["genomics", "genomics/trial-7"]


async def test_the_second_to_save_is_told_that_he_was_the_second(
    enclave: Enclave, open_enclave: Opener
) -> None:
    await tree(enclave, "genomics")
    read = await project(enclave, "genomics")
    other = await open_enclave()
    await other.run("project.edit", {"project": "genomics", "colour": "red"})
    wanted = {"project": read.id, "colour": "blue", "version": read.version}
    with pytest.raises(Changed):
        await enclave.run("project.edit", wanted)


# Deleting


async def test_a_project_that_is_needed_is_not_deleted_and_what_needs_it_is_named(
    enclave: Enclave, config: str
) -> None:
    await tree(enclave, "genomics", "trial-7")
    await enclave.run("project.edit", {"project": "genomics", "members": "mara"})
    await enclave.run("config.create", {"name": "genome", "setup": "tiny", "project": "genomics"})
    reason = "It is still used: by 1 subproject (trial-7), 1 VM configuration (genome)."
    assert enclave.why_not("project.delete", await project(enclave, "genomics")) == reason
    with pytest.raises(Refused) as refusal:
        await enclave.run("project.delete", {"project": "genomics"})
    assert str(refusal.value) == reason


async def test_what_a_vm_runs_in_is_not_deleted(enclave: Enclave, config: str) -> None:
    await enclave.run("project.create", {"tag": "genomics", "members": "mara"})
    given = {"name": "genome", "setup": "tiny", "project": "genomics"}
    made = await enclave.run("config.create", given)
    await enclave.run("config.start", {"config": made})
    assert "1 VM (genome)" in enclave.why_not("project.delete", await project(enclave, "genomics"))


async def test_a_project_that_nothing_needs_is_deleted_and_its_members_stay(
    enclave: Enclave,
) -> None:
    await enclave.run("project.create", {"tag": "genomics", "members": "mara"})
    await enclave.run("project.delete", {"project": "genomics"})
    assert await paths(enclave) == []
    assert len((await enclave.listing("users")).rows) == 1


async def test_a_parent_that_is_deleted_at_the_same_moment_leaves_no_orphan(
    enclave: Enclave, open_enclave: Opener
) -> None:
    await tree(enclave, "genomics")
    other = await open_enclave()
    await asyncio.gather(
        enclave.run("project.create", {"tag": "trial-7", "parent": "genomics"}),
        other.run("project.delete", {"project": "genomics"}),
        return_exceptions=True,
    )
    assert await paths(enclave) in ([], ["genomics", "genomics/trial-7"])


async def test_a_project_that_is_gone_is_not_found(enclave: Enclave) -> None:
    with pytest.raises(NotFound, match="There is no project genomics"):
        await enclave.run("project.edit", {"project": "genomics", "tag": "x"})
