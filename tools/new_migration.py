"""Draft the next migration: `python -m tools.new_migration "Say what changes"`.

What the tables have more than the newest migration becomes its draft; read it, complete it (what
happens to the rows that are there?), and raise `schema.REVISION` to its number.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from sqlalchemy import Connection

from ticrypt_tui.backend.store import schema
from ticrypt_tui.backend.store.address import read_address
from ticrypt_tui.backend.store.engine import make_engine
from ticrypt_tui.backend.store.migration import alembic_configuration, migrate


async def draft(message: str) -> None:
    """Write the next numbered migration."""
    number = f"{int(schema.REVISION) + 1:04}"

    def revise(connection: Connection) -> None:
        configuration = alembic_configuration(connection)
        command.revision(configuration, message, autogenerate=True, rev_id=number)

    with TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{Path(folder)}/empty.db"
        await migrate(url)
        engine = make_engine(read_address(url))
        async with engine.connect() as connection:
            await connection.run_sync(revise)
        await engine.dispose()


if __name__ == "__main__":
    asyncio.run(draft(" ".join(sys.argv[1:])))
