"""Making, changing, transferring, tagging and deleting drives (domain.md 2.12)."""

from __future__ import annotations

from typing import Any

from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.checks import proper_name
from ticrypt_tui.backend.services.drives import FORMATS, DriveRow
from ticrypt_tui.backend.services.editing import VERSION

_DRIVE = Argument("drive", "object", says="a drive's ID or name")
_TEAM = "a team of yours, whose drive space it counts against"
_PROJECT = "a project of yours, by its ID, tag or path; none: Unlocked"


@operation(
    "drive.create",
    Argument("name"),
    Argument("realm"),
    Argument("tier", says="a storage tier of the realm, such as flash"),
    Argument("size", "memory", says="a size with its unit, such as 512 GiB"),
    Argument("format", "choice", choices=FORMATS, says="applied when it is first attached"),
    Argument("team", "object", required=False, says=_TEAM),
    Argument("project", "object", required=False, says=_PROJECT),
    Argument("backup", "flag", required=False, says="whether it is backed up; yes if left out"),
    says="Make an encrypted drive that only you can open, until you share it.",
    preconditions=(proper_name,),
)
async def create(call: Call, **wanted: Any) -> str:
    """Make a drive; returns its ID once its volume is there."""
    raise Refused("Not yet.")


@operation(
    "drive.edit",
    _DRIVE,
    Argument("name", required=False),
    Argument("backup", "flag", required=False, says="whether it is backed up"),
    VERSION,
    on="drive",
    says="Rename a drive, or change whether it is backed up; all else is fixed.",
    preconditions=(proper_name,),
)
async def edit(call: Call, drive: DriveRow, *, version: int = 0, **changes: Any) -> None:
    """Change the fields that are given."""
    raise Refused("Not yet.")


@operation(
    "drive.delete",
    _DRIVE,
    on="drive",
    says="Destroy a detached drive: its keys first, then its volume. Nothing brings it back.",
    typed_name=True,
)
async def delete(call: Call, drive: DriveRow) -> str:
    """Destroy a drive."""
    raise Refused("Not yet.")


@operation(
    "drive.transfer",
    _DRIVE,
    Argument("user", "object", says="the login of somebody who holds a key of it already"),
    on="drive",
    says="Make somebody who holds a key of a detached drive its owner; it makes no key.",
)
async def transfer(call: Call, drive: DriveRow, *, user: str) -> str:
    """Make another holder the owner."""
    raise Refused("Not yet.")


@operation(
    "drive.set_project",
    _DRIVE,
    Argument(
        "project", "object", clears=True, says="a project by its ID, tag or path; empty: Unlocked"
    ),
    Argument(
        "override", "flag", required=False,
        says="use the permission to set a project whose rules would not let you; admins only",
    ),
    on="drive",
    says="Tag a drive with a project; whoever is not in it loses its use, though not his key.",
)  # fmt: skip
async def set_project(
    call: Call, drive: DriveRow, *, project: str | None, override: bool = False
) -> str:
    """Tag a drive."""
    raise Refused("Not yet.")


@operation("drive.info", _DRIVE, on="drive", says="Tell all of a drive.", changes=False)
async def info(call: Call, drive: DriveRow) -> DriveRow:
    """A drive with its holders; nothing secret is in it."""
    return drive
