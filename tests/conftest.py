"""What tests of every room may ask for."""

from __future__ import annotations

import asyncio
import gc
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from ticrypt_tui.backend.caller import Caller, Origin

if TYPE_CHECKING:
    from ticrypt_tui.backend.store.database import Database

settings.register_profile("house", deadline=None)  # a busy machine fails no test
settings.load_profile("house")

pytest_plugins = ("tests.real_libvirt", "tests.resting")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest come first: no process has one of them alone at the end.

    A slow test may take twenty times as long as on two cores that are its own.
    """
    seconds: Counter[Path] = Counter()
    for item in items:
        if (slow := item.get_closest_marker("slow")) is not None:
            seconds[item.path] += slow.kwargs["seconds"]
            if slow.kwargs["seconds"] > 15 and item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(20 * slow.kwargs["seconds"]))
    items.sort(key=lambda item: -seconds[item.path])


def pytest_collection_finish() -> None:
    """What is read in by now stays to the end: to look for garbage in it again is in vain."""
    gc.collect()
    gc.freeze()


MARA = Origin(
    uid=4201,
    login="mara",
    session="5e55a0a15e55a0a1",
    terminal="/dev/pts/7",
    ssh_client="192.0.2.7 50022 22",
    machine="console-1",
    pid=4242,
    pid_started=77,
)


@pytest.fixture
def origin() -> Origin:
    """The OS user `mara`, logged in by SSH."""
    return MARA


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an enclave in which nothing was done yet, to be copied."""
    from tests.backend.conftest import CONFIGURATION
    from ticrypt_tui.backend.founding import found
    from ticrypt_tui.config.settings import load_settings

    folder = tmp_path_factory.mktemp("founded")
    file = folder / "ticrypt-tui.toml"
    file.write_text(CONFIGURATION.format(folder=folder))
    asyncio.run(found(load_settings(file), MARA))
    return folder / "data"


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """The URL of an SQLite database that is not there yet."""
    return f"sqlite+aiosqlite:///{tmp_path}/data/console.db"


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an SQLite database that has all tables and no rows, to be copied."""
    from ticrypt_tui.backend.store.migration import migrate

    folder = tmp_path_factory.mktemp("empty") / "data"
    asyncio.run(migrate(f"sqlite+aiosqlite:///{folder}/console.db"))
    return folder


@pytest.fixture
def tables(empty_store: Path, tmp_path: Path) -> None:
    """The database of `database_url` has all tables."""
    shutil.copytree(empty_store, tmp_path / "data")


@pytest.fixture
async def database(database_url: str, tables: None) -> AsyncIterator[Database]:
    """A fresh SQLite database with all tables."""
    from ticrypt_tui.backend.store.database import Database

    opened = await Database.open(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def super_admin(database: Database, origin: Origin) -> Caller:
    """The origin's user, who is the first super-admin of the database."""
    from ticrypt_tui.backend.store.people import caller_of, ensure_first_super_admin

    await ensure_first_super_admin(database, origin)
    return await caller_of(database, origin)
