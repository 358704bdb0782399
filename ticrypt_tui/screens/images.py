"""VM images: a realm, a volume, and the operating system that is on it; each is edited, deleted,
and cloned onto another volume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ticrypt_tui.screens.declaration import Action, Ask, Column, Field, Form, Kind, Tab
from ticrypt_tui.screens.hosts import realm_note
from ticrypt_tui.screens.showing import NONE, counted, gib_of_bytes, moment, named, short_moment

if TYPE_CHECKING:
    from ticrypt_tui.backend.services.images.images import ImageRow
    from ticrypt_tui.backend.services.storage.volumes import VolumeRow

SYSTEMS = ("linux", "windows")


def system_role(row: ImageRow) -> str:
    return "error" if row.fault else ""


def system(row: ImageRow) -> str:
    """Its system, and a mark where that is not the volume's."""
    return f"{row.os} !" if row.fault else row.os


def registered(row: ImageRow) -> str:
    return moment(row.registered) if row.registered else "never"


def registered_role(row: ImageRow) -> str:
    return "" if row.registered else "warning"


def users(row: ImageRow) -> str:
    """What is made from it."""
    return named([*row.setups, *row.service_vms]) or NONE


def about(row: ImageRow) -> tuple[str, ...]:
    return (
        f"realm {row.realm} · volume {row.volume} · {row.os}",
        f"made from it: {users(row)}",
        "Its volume is left as it is.",
    )


def tells(row: ImageRow) -> tuple[str, ...]:
    """What a change of it would meet."""
    lines = []
    if row.running:
        what = "1 VM runs" if len(row.running) == 1 else f"{len(row.running)} VMs run"
        lines.append(f"{what} from it, so its volume stays: {named(row.running, 4)}.")
    if row.setups:
        lines.append(f"{counted(len(row.setups), 'hardware setup')}: {named(row.setups, 4)}.")
    return tuple(lines)


def volume_note(row: VolumeRow) -> str:
    """Its size, what is on it and who says so."""
    said = f"{row.os}, says {row.os_said_by}" if row.os_said_by else "OS not known: state it below"
    seen = f" · last seen {short_moment(row.stale_since)}" if row.stale_since else ""
    return f"{row.format}, {gib_of_bytes(row.capacity)} GiB · {said}{seen}"


def is_free(volume: VolumeRow, values: Mapping[str, Any], rows: Sequence[ImageRow]) -> bool:
    """Whether an image may have the volume: its own, or one that has no image."""
    own = {row.volume_id for row in rows}
    return volume.system_disk and not volume.escaped and (not volume.image or volume.id in own)


def is_free_for_copy(
    volume: VolumeRow, values: Mapping[str, Any], rows: Sequence[ImageRow]
) -> bool:
    """Whether a copy may have the volume: one that has no image, and the same system."""
    return is_free(volume, values, ()) and all(volume.os == row.os for row in rows)


REALM = Field("realm", "Realm", Kind.OBJECT, of="realms", fixed=True, note=realm_note,
              says="The hosts of this realm have the volume.",
              holds=lambda row: row.realm_id)  # fmt: skip
NAME = Field("name", "Name", says="1 to 200 characters, its realm's only one.", alone=True)
FIELDS = (
    REALM,
    NAME,
    Field("volume", "Volume", Kind.OBJECT, of="volumes", within="realm", note=volume_note,
          offers=is_free, holds=lambda row: row.volume_id,
          says="One of the realm's OS volumes that has no image yet: each has one image at most."),
    Field("os", "Operating system", Kind.CHOICE, required=False, choices=SYSTEMS,
          unset="the volume's", holds=lambda row: "",
          says="What is on the volume. Where neither a rule of the realm nor an admin has said it "
               "yet, say it here, once: it is recorded as said by you, and binds."),
)  # fmt: skip
COPY = (
    REALM,
    NAME,
    Field("volume", "Volume", Kind.OBJECT, of="volumes", within="realm", note=volume_note,
          offers=is_free_for_copy, holds=lambda row: row.volume_id, alone=True,
          says="Another volume with the same system that has no image yet. What is on the volume "
               "is not copied."),
    Field("os", "Operating system", fixed=True, says="The same."),
)  # fmt: skip

TAB = Tab(
    name="images",
    title="VM Images",
    short="Images",
    group="Machines",
    noun="VM image",
    columns=(
        Column("name", "NAME", 20, lambda row: row.name, rank=0),
        Column("realm", "REALM", 10, lambda row: row.realm, rank=3),
        Column("volume", "VOLUME", 22, lambda row: row.volume, rank=1),
        Column("os", "OS", 9, system, rank=0, style=system_role),
        Column("said_by", "OS SAID BY", 18, lambda row: row.os_said_by or NONE, rank=6),
        Column("registered", "REGISTERED", 12, registered, rank=2, style=registered_role,
               sorts_by=lambda row: row.registered),
        Column("running", "RUNNING", 7, lambda row: str(len(row.running)), rank=4, right=True,
               sorts_by=lambda row: len(row.running)),
        Column("users", "USED BY", 28, users, rank=5),
    ),
    actions=(
        Action("image.create", "n", "new", on_row=False, bulk=False),
        Action("image.edit", "e", "edit", bulk=False),
        Action("image.clone", "c", "clone", bulk=False),
        Action("image.delete", "d", "delete", ask=Ask.CONFIRM),
    ),
    forms=(
        Form("image.create", "New VM image", FIELDS),
        Form("image.edit", "Edit", FIELDS, tells=tells),
        Form("image.clone", "Clone", COPY, copies=True),
    ),
    empty="A VM image is a volume that VMs start from. There is none yet. {new} makes the first "
          "one of a volume.",
    about=about,
)  # fmt: skip
