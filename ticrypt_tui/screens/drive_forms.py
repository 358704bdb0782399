"""What is asked for when a drive is made, edited, shared, taken back, handed over or tagged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ticrypt_tui.screens.declaration import Field, Form, Kind
from ticrypt_tui.screens.showing import gib_of_bytes, named, or_none, size

if TYPE_CHECKING:
    from ticrypt_tui.backend.services.configs.choices import MemberChoice
    from ticrypt_tui.backend.services.drives.choices import RealmChoice, Receiver, TierChoice
    from ticrypt_tui.backend.services.drives.row import DriveRow

FORMATS = ("EXT4", "BTRFS", "XFS", "ZFS", "NTFS")
ROTATE, REENCRYPT = "rotate", "reencrypt"
_SHOWN = 6
READ_WRITE = "rw: the receiver can write to it wherever he attaches it."
READ_ONLY = (
    "ro is kept by the console and QEMU, which attach it read-only, and not by cryptography: "
    "whoever holds the key could write to it with other tools."
)
NOT_OFFERED = (
    "Who is not offered holds it already, is not active, or has registered no key yet, which he "
    "does by `ticrypt-tui keys new`."
)
UNSHARING = {
    ROTATE: (
        "rotate: a new passphrase replaces the old one in the volume's header, and is wrapped to "
        "everyone else who holds a key. The old one that he may have kept opens it no more. It "
        "does not help against who kept a copy of the header or of what it protects: reencrypt "
        "does. Takes seconds."
    ),
    REENCRYPT: (
        "reencrypt: all is copied into a new volume with new keys, and the old one is destroyed. "
        "Nothing that he kept opens it; what he read before, he has. Takes as long as copying the "
        "drive, and as much room again until it is done."
    ),
}


def always(row: Any, arguments: Mapping[str, Any]) -> bool:
    return True


def drops(row: Any, arguments: Mapping[str, Any]) -> bool:
    """Whether a transfer takes a key away, too."""
    return bool(arguments.get("drop"))


def _empty(row: Any) -> str:
    return ""


def realm_limits(row: RealmChoice) -> str:
    return f"drives of {size(row.min_size)} to {size(row.max_size)}"


def tier_note(row: TierChoice) -> str:
    free = f"{gib_of_bytes(row.free)} GiB free" if row.seen else "no host tells of it now"
    return f"pool {row.pool} · {free}"


def is_mine(choice: MemberChoice, values: Mapping[str, Any], rows: Sequence[Any]) -> bool:
    return choice.mine


def fixed(row: DriveRow) -> tuple[str, ...]:
    """What stays as it was made."""
    what = f"{size(row.size_bytes)}, {row.format}, tier {row.tier}"
    return (f"{what}, team {or_none(row.team)}: fixed since it was made.",)


# Sharing, and taking back


def person(row: Receiver) -> str:
    said = row.person if row.active else f"{row.person} · not active"
    groups = row.fingerprint.split("-")
    return f"{said} · key {'-'.join(groups[:2])}-…-{groups[-1]}"


def can_receive(user: Receiver, values: Mapping[str, Any], rows: Sequence[DriveRow]) -> bool:
    """Somebody active who does not hold a key in that mode of all these drives yet."""
    mode = values.get("mode", "rw")
    return user.active and any(
        (user.id, mode) not in {(each.user_id, each.mode) for each in row.holders} for row in rows
    )


def holds_key(user: Receiver, values: Mapping[str, Any], rows: Sequence[DriveRow]) -> bool:
    """Somebody who is not the owner; where an old key is left over, whoever held it."""
    return any(
        user.id != row.owner_id and (user.id in row.holder_ids or row.state_detail) for row in rows
    )


def can_own(user: Receiver, values: Mapping[str, Any], rows: Sequence[DriveRow]) -> bool:
    """Somebody who holds a key already, and is not the owner."""
    return user.active and any(
        user.id in row.holder_ids and user.id != row.owner_id for row in rows
    )


def alone(row: DriveRow) -> tuple[str, ...]:
    """What a sole holder risks."""
    lost = "Nobody else can open it: if that key is lost, so is the drive."
    return (lost,) if row.sole_holder else ()


def on_share(rows: Sequence[DriveRow], chosen: Mapping[str, Any]) -> tuple[str, ...]:
    """Whose key it would be wrapped to, and what the mode means."""
    receiver: Receiver | None = chosen["user"]
    mode = READ_ONLY if chosen["mode"] == "ro" else READ_WRITE
    if receiver is None:
        return (mode, NOT_OFFERED)
    compare = f"Compare all of {receiver.name}'s key with what he reads to you:"
    return (compare, receiver.fingerprint, "", mode)


def on_unshare(rows: Sequence[DriveRow], chosen: Mapping[str, Any]) -> tuple[str, ...]:
    """What either way does, and does not protect against."""
    return (UNSHARING[chosen["how"]],)


def on_transfer(rows: Sequence[DriveRow], chosen: Mapping[str, Any]) -> tuple[str, ...]:
    if all(row.holder_ids <= {row.owner_id} for row in rows):
        return ("Nobody else holds a key of it: share it first.",)
    owners = named(sorted({row.owner for row in rows}), _SHOWN)
    if chosen["drop"]:
        return (f"Then the key of {owners} is taken away, as unshare with rotate does.",)
    return (f"No key is made or taken: {owners} can open it as before, until it is unshared.",)


# The project


def on_project(rows: Sequence[DriveRow], chosen: Mapping[str, Any]) -> tuple[str, ...]:
    """Who could not use it any more, though his key remains."""
    project: MemberChoice | None = chosen["project"]
    if project is None:
        return ("Unlocked: every holder of its key can use it, with no restriction at all.",)
    lines = [line for row in rows if (line := _losers(row, project))]
    more = (f"and {len(lines) - _SHOWN} more such drives",) if len(lines) > _SHOWN else ()
    said = (*lines[:_SHOWN], *more)
    return said or (f"Every holder is in {project.name}: nobody loses the use of it.",)


def _losers(row: DriveRow, project: MemberChoice) -> str:
    lost = [each.user for each in row.holders if each.user_id not in project.members]
    if not lost:
        return ""
    verb = "loses" if len(lost) == 1 else "lose"
    return f"{named(lost, _SHOWN)} {verb} the use of {row.name}: not in {project.name}."


def on_untag(rows: Sequence[DriveRow], arguments: Mapping[str, Any]) -> tuple[str, ...]:
    """Taking every restriction away from several at once is asked about twice."""
    tagged = [row.name for row in rows if row.project_id]
    if arguments.get("project") or not tagged or len(rows) == 1:
        return ()
    return (f"{named(tagged, _SHOWN)}: no restriction at all is left on them.",)


NAME = Field("name", "Name", says="1 to 200 characters; an owner's only one in its realm.")
BACKUP = Field(
    "backup", "Backup", Kind.CHOICE, choices=("yes", "no"),
    holds=lambda row: "yes" if row.backup else "no",
    says="Whether it is backed up: what is backed up is as encrypted as it is here.",
)  # fmt: skip
CREATE = (
    Field("realm", "Realm", Kind.OBJECT, of="realmchoices", note=realm_limits,
          says="A realm with a pool for drives: its hosts can open it."),
    NAME,
    Field("tier", "Tier", Kind.OBJECT, of="tierchoices", within="realm", note=tier_note,
          says="What it is stored on."),
    Field("size", "Size", Kind.MEMORY, says="Such as 512 GiB or 2 TiB; without a unit, GiB. It "
                                            "cannot be changed later."),
    Field("format", "Format", Kind.CHOICE, choices=FORMATS,
          says="Applied by the guest the first time that it is attached, if it is blank then."),
    Field("team", "Team", Kind.OBJECT, required=False, of="teamchoices", offers=is_mine,
          says="A team of yours, against whose drive space it counts."),
    Field("project", "Project", Kind.OBJECT, required=False, of="projectchoices", offers=is_mine,
          unset="Unlocked", says="A project of yours. Unlocked: no restriction at all."),
    BACKUP,
)  # fmt: skip
RECEIVER = Field("user", "With", Kind.OBJECT, of="receivers", note=person, offers=can_receive,
                 holds=_empty, says="Somebody active with a registered key.")  # fmt: skip
MODE = Field("mode", "Mode", Kind.CHOICE, choices=("rw", "ro"), holds=lambda row: "rw",
             says="How he may attach it.")  # fmt: skip
HOLDER = Field("user", "From", Kind.OBJECT, of="receivers", note=person, offers=holds_key,
               holds=_empty, says="Somebody who holds a key of it.")  # fmt: skip
HOW = Field("how", "How", Kind.CHOICE, choices=(ROTATE, REENCRYPT), holds=lambda row: ROTATE,
            says="What is done so that he cannot open it any more.")  # fmt: skip
OWNER = Field("user", "To", Kind.OBJECT, of="receivers", note=person, offers=can_own,
              holds=_empty, says="Somebody who holds a key of it already.")  # fmt: skip
DROP = Field("drop", "Drop the owner", Kind.FLAG, required=False, holds=lambda row: False,
             says="Take the key of who is the owner now away, too.")  # fmt: skip
PROJECT = Field(
    "project", "Project", Kind.OBJECT, required=False, of="projectchoices", unset="Unlocked",
    empties=True, holds=lambda row: row.project_id,
    says="People outside of it cannot use the drive, though they keep their keys.",
)  # fmt: skip
OVERRIDE = Field(
    "override", "Override", Kind.FLAG, required=False, holds=lambda row: False,
    says="Use your permission to set a project that the rules would not let you: admins only.",
)  # fmt: skip

FORMS = (
    Form("drive.create", "New drive", CREATE, verb="Make it", lasting=True,
         follows=lambda rows, chosen: (
             "It is made in the background, in some ten seconds: its state shows how far it is.",)),
    Form("drive.edit", "Edit", (NAME, BACKUP), tells=fixed),
    Form("drive.share", "Share", (RECEIVER, MODE), verb="Share", tells=alone, follows=on_share),
    Form("drive.unshare", "Unshare", (HOLDER, HOW), verb="Unshare", tells=alone,
         follows=on_unshare),
    Form("drive.transfer", "Transfer ownership of", (OWNER, DROP), verb="Transfer",
         follows=on_transfer),
    Form("drive.set_project", "Set project of", (PROJECT, OVERRIDE), verb="Set",
         follows=on_project, warns=on_untag),
)  # fmt: skip
