"""Where the object of an audit record is to be seen now, if it still is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.screens.enclave import AuditRecord, Enclave

TABS_OF = {
    "realm": ("realms",), "host": ("hosts",), "profile": ("profiles",), "pool": ("pools",),
    "volume": ("volumes",), "image": ("images",), "setup": ("setups",), "config": ("configs",),
    "vm": ("running", "past", "service"), "service_vm": ("service",), "drive": ("drives",),
    "license": ("licensing",), "unit": ("services",), "user": ("users",), "team": ("teams",),
    "project": ("projects",),
}  # fmt: skip
"""The tabs in which an object of each kind may be, the likeliest first."""


async def place_of(enclave: Enclave, record: AuditRecord) -> tuple[str, str, str]:
    """The tab and the row of the object that a record is about, or a sentence why there is none."""
    from ticrypt_tui.screens.tabs import BY_NAME

    tabs = [each for each in TABS_OF.get(record.target_kind, ()) if each in BY_NAME]
    if not tabs or not (record.target_id or record.target_name):
        return "", "", f"Record {record.seq:,} is about no object that has a tab."
    for tab in tabs:
        try:
            rows = (await enclave.listing(tab)).rows
        except TicryptError as error:
            return "", "", f"{BY_NAME[tab].title} cannot be looked into: {error}"
        if row_id := _row(rows, record):
            return tab, row_id, ""
    where = " and ".join(BY_NAME[tab].title for tab in tabs)
    name = shown(record.target_name or record.target_id)
    return "", "", f"{BY_NAME[tabs[0]].noun} {name} is gone: it is not among {where}."


def _row(rows: Sequence[Any], record: AuditRecord) -> str:
    """The ID of the object's row: by its ID, or of one that had none yet, by its only name."""
    if record.target_id:
        return next((row.id for row in rows if row.id == record.target_id), "")
    named = [row.id for row in rows if row.name == record.target_name]
    return named[0] if len(named) == 1 else ""
