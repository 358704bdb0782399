"""An object is found by its ID, or by a name that only it bears."""

from __future__ import annotations

import pytest

from ticrypt_tui.backend.errors import Ambiguous, NotFound
from ticrypt_tui.backend.store.database import Database
from ticrypt_tui.backend.store.lookup import find_one
from ticrypt_tui.backend.store.tables.infrastructure import Host
from ticrypt_tui.backend.store.tables.people import Project, User


@pytest.fixture
async def hosts(database: Database) -> Database:
    """Two hosts of one name in two realms, and one whose name is the first one's ID."""
    async with database.write() as session:
        session.add(Host(id="host-1", realm_id="lab", name="node01", uri="test:///1"))
        session.add(Host(id="host-2", realm_id="west", name="node01", uri="test:///2"))
        session.add(Host(id="host-3", realm_id="lab", name="node03", uri="test:///3"))
        session.add(Host(id="host-4", realm_id="lab", name="host-1", uri="test:///4"))
    return database


@pytest.mark.parametrize(("reference", "found"), [("host-2", "host-2"), ("node03", "host-3")])
async def test_an_id_or_a_name_finds_its_object(
    hosts: Database, reference: str, found: str
) -> None:
    async with hosts.read() as session:
        assert (await find_one(session, Host, reference)).id == found


async def test_an_id_goes_before_another_ones_name(hosts: Database) -> None:
    async with hosts.read() as session:
        assert (await find_one(session, Host, "host-1")).realm_id == "lab"


async def test_a_name_that_several_bear_lists_them(hosts: Database) -> None:
    async with hosts.read() as session:
        with pytest.raises(Ambiguous, match=r"host-1 \(lab\), host-2 \(west\)"):
            await find_one(session, Host, "node01")


async def test_conditions_choose_among_those_of_a_name(hosts: Database) -> None:
    async with hosts.read() as session:
        found = await find_one(session, Host, "node01", Host.realm_id == "west")
    assert found.id == "host-2"


async def test_an_unknown_name_is_named(hosts: Database) -> None:
    async with hosts.read() as session:
        with pytest.raises(NotFound, match="There is no host node99"):
            await find_one(session, Host, "node99")


async def test_users_go_by_login_and_projects_by_tag(database: Database) -> None:
    async with database.write() as session:
        session.add(User(id="user-1", login="mara", name="Mara Levi"))
        session.add(Project(id="project-1", tag="genomics"))
    async with database.read() as session:
        assert (await find_one(session, User, "mara")).id == "user-1"
        assert (await find_one(session, User, "Mara Levi")).id == "user-1"
        assert (await find_one(session, Project, "genomics")).id == "project-1"
