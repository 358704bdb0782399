"""Everything of a drive in words, with all who can open it (screens.md)."""

from __future__ import annotations

from dataclasses import dataclass

from ticrypt_tui.backend.services.base import Section
from ticrypt_tui.backend.services.drives.row import DriveRow, DriveState, HolderRow
from ticrypt_tui.backend.services.drives.rules import written
from ticrypt_tui.backend.services.wording import moment
from ticrypt_tui.backend.store.tables.data import DriveMode
from ticrypt_tui.text import shown


@dataclass(frozen=True, slots=True)
class DriveInfo:
    """Everything of a drive, for who asks by a command."""

    drive: DriveRow

    @property
    def sentence(self) -> str:
        """The same as text, of several lines."""
        parts = []
        for section in info_sections(self.drive):
            parts += [section.title, *(f"  {name}: {value}" for name, value in section.fields)]
            parts += [f"  {line}" for line in section.lines]
        return "\n".join(parts)


def info_sections(row: DriveRow) -> tuple[Section, ...]:
    """Everything of a drive: who can open it first, and what must be known of that."""
    holders = tuple(_holder(each, row) for each in row.holders)
    uses = tuple((name, f"{vm_id}, {_MODES[mode]}") for vm_id, name, mode in row.used_by)
    return (
        Section("Holders of its key", holders, () if holders else ("nobody",)),
        *_warnings(row),
        Section("Drive", _facts(row)),
        Section("Open in", uses, () if uses else ("no VM",)),
    )


def _warnings(row: DriveRow) -> list[Section]:
    """What is a risk, or bars whoever looks."""
    found = []
    if row.sole_holder:
        lost = f"{shown(row.sole_holder)} alone can open it: if that key is lost, so is the drive."
        found.append(Section("! Sole holder", lines=(lost,)))
    if row.why_not_share:
        found.append(Section("! Closed to you", lines=(row.why_not_share,)))
    return found


def _holder(holder: HolderRow, row: DriveRow) -> tuple[str, str]:
    from ticrypt_tui.backend.drives.identity import short

    words = (
        "owner" if holder.user_id == row.owner_id else "",
        "" if holder.active else "inactive",
        holder.trust,
        f"added by {shown(holder.added_by)} {holder.added:%Y-%m-%d}",
    )
    said = ", ".join(word for word in words if word)
    return holder.user, f"{holder.mode}  {short(holder.fingerprint)}  {said}"


def _facts(row: DriveRow) -> tuple[tuple[str, str], ...]:
    attached = row.last_attached
    facts = (
        ("ID", row.id),
        ("state", row.state),
        ("why" if row.state == DriveState.FAILED else "progress", row.state_detail),
        ("size", written(row.size_bytes)),
        ("format", row.format),
        ("realm", row.realm),
        ("tier", row.tier),
        ("pool", row.pool),
        ("volume", row.volume),
        ("owner", row.owner),
        ("team", row.team or "none"),
        ("project", row.project),
        ("backup", "yes" if row.backup else "no"),
        ("created", moment(row.created)),
        ("last attached", moment(attached, "never")),
    )
    return tuple((label, value) for label, value in facts if value)


_MODES = {DriveMode.READ_WRITE.value: "read-write", DriveMode.READ_ONLY.value: "read-only"}
