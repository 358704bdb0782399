"""Making an enclave's store ready: its folders, its tables, and its first super-admin."""

from __future__ import annotations

import uuid
from pathlib import Path

from ticrypt_tui.backend.audit.keys import make_key
from ticrypt_tui.backend.audit.log import AuditLog
from ticrypt_tui.backend.caller import Origin
from ticrypt_tui.backend.errors import Failed, StoreUnavailable
from ticrypt_tui.backend.operations import Record, Target
from ticrypt_tui.backend.store.database import Database
from ticrypt_tui.backend.store.migration import migrate
from ticrypt_tui.backend.store.people import ensure_first_super_admin
from ticrypt_tui.config.settings import Settings
from ticrypt_tui.text import shown


async def found(settings: Settings, origin: Origin) -> list[str]:
    """Make or migrate the database, and the first super-admin; says what was done.

    Raises `StoreUnavailable`, `AuditUnavailable`.
    """
    _make_folder(settings.audit.file.parent)
    done = []
    if backup := await migrate(settings.database.url):
        done.append(f"migrated the database; the one before is {shown(backup)}")
    database = await Database.open(settings.database.url)
    try:
        audit = AuditLog(database, settings.audit.file, origin)
        if user := await ensure_first_super_admin(database, origin):
            target = Target("user", user.id, user.login)
            record = Record("user.create", uuid.uuid4().hex, "done", None, target, "the first user")
            await audit.append(record)
            done.append(f"made {shown(user.login)} the first super-admin")
        await audit.close()
    finally:
        await database.close()
    return [*done, *_checkpoint_key(settings.audit.checkpoint_key, origin), "the database is ready"]


def _checkpoint_key(file: Path | None, origin: Origin) -> list[str]:
    """Make the key of the checkpoints where there is none; a fault is said, and stops nothing."""
    if file is None:
        return []
    try:
        made = make_key(file, f"ticrypt-tui/{origin.machine}")
    except Failed as error:
        return [str(error)]
    return [
        f"made the checkpoint key {shown(file)}: let the account of the sync service alone read it"
    ] * made


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreUnavailable(f"{folder} cannot be made: {error.strerror}.") from error
