"""A PostgreSQL server of the tests' own, on a Unix socket, and a database in it for each test."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

OPTIONS = "-c fsync=off -c listen_addresses='' -c max_connections=60"


@dataclass(frozen=True, slots=True)
class Server:
    """A server that can be stopped and started; its files belong to the user it runs as."""

    folder: Path
    programs: Path
    user: str | None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [self.programs / program, *arguments],
            user=self.user, cwd="/", check=True, text=True, stdin=subprocess.DEVNULL,
            capture_output=True, timeout=60,
        )  # fmt: skip
        return done.stdout

    def start(self) -> None:
        log, options = self.folder / "log", f"-k {self.folder} {OPTIONS}"
        self.run("pg_ctl", "-D", str(self.data), "-l", str(log), "-o", options, "-w", "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")

    def sql(self, statement: str) -> None:
        self.run("psql", "-h", str(self.folder), "-U", "postgres", "-qc", statement)

    def url(self, database: str, user: str = "postgres") -> str:
        return f"postgresql+asyncpg://{user}@/{database}?host={self.folder}"


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    here = found[-1] if found else shutil.which("pg_ctl")
    return Path(here).parent if here else None


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A running server; Debian's `postgresql` package has the programs."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        if user:
            shutil.chown(folder, user)
        server = Server(Path(folder), programs, user)
        server.run("initdb", "-D", str(server.data), "-U", "postgres", "-A", "trust", "--no-sync")
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def migrated(postgresql: Server) -> str:
    """The name of a database with all tables, to be copied: that is quicker than migrating anew."""
    from ticrypt_tui.backend.store.migration import migrate

    postgresql.sql("CREATE DATABASE migrated")
    asyncio.run(migrate(postgresql.url("migrated")))
    return "migrated"


@pytest.fixture
def database_url(postgresql: Server, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a PostgreSQL database: empty, unless the test asks for an open one, too."""
    name = f"test_{uuid.uuid4().hex}"
    opened = "database" in request.fixturenames
    template = request.getfixturevalue("migrated") if opened else "template1"
    postgresql.sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield postgresql.url(name)
    postgresql.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def tables() -> None:
    """The database of `database_url` was copied with all tables."""
