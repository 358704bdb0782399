"""Hardware profiles: how many of a host's resources may be used for VMs; they are created, edited
and deleted here, but for those that the configuration file declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticrypt_tui.screens.declaration import Action, Ask, Column, Field, Form, Kind, Tab
from ticrypt_tui.screens.hosts import realm_note
from ticrypt_tui.screens.showing import NONE, gib, named, or_none

if TYPE_CHECKING:
    from ticrypt_tui.backend.services.profiles.profiles import ProfileRow


def devices(row: ProfileRow) -> str:
    """How many of each kind."""
    kinds = [device.kind for device in row.devices]
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds)) or NONE


def hosts(row: ProfileRow) -> str:
    return named(row.hosts) if row.hosts else NONE


def row_role(row: ProfileRow) -> str:
    return "muted" if row.declared else ""


def about(row: ProfileRow) -> tuple[str, ...]:
    return (f"realm {row.realm} · {row.cores} cores · {gib(row.memory_mib)} GiB · {devices(row)}",)


FIELDS = (
    Field("realm", "Realm", Kind.OBJECT, of="realms", fixed=True, note=realm_note,
          says="The hosts of this realm may have the profile.", holds=lambda row: row.realm_id),
    Field("name", "Name", says="1 to 200 characters, its realm's only one.", alone=True),
    Field("cores", "Cores", Kind.NUMBER,
          says="How many of a host's cores VMs may have in all; leave some to the host itself."),
    Field("memory", "Memory", Kind.MEMORY, holds=lambda row: row.memory_mib,
          says="How much of a host's memory VMs may have in all: GiB, or as in 512 MiB."),
    Field("devices", "Devices", Kind.DEVICES, required=False,
          says="Optional: the GPUs and FPGAs that VMs may have: kind, and PCI address as lspci -D "
               "shows it. A line that is filled in makes room for another."),
    Field("cost", "Cost function", required=False,
          says="Optional: pack, spread or balance, or a sum of terms such as "
               "linear(memory) + 2*exponential(vms). A VM goes to the cheapest host."),
)  # fmt: skip

TAB = Tab(
    name="profiles",
    title="Hardware Profiles",
    short="Profiles",
    group="Infrastructure",
    noun="hardware profile",
    columns=(
        Column("name", "NAME", 18, lambda row: row.name, rank=0),
        Column("realm", "REALM", 10, lambda row: row.realm, rank=2),
        Column("cores", "CORES", 6, lambda row: str(row.cores), rank=0, right=True,
               sorts_by=lambda row: row.cores),
        Column("memory", "MEM GiB", 9, lambda row: gib(row.memory_mib), rank=0, right=True,
               sorts_by=lambda row: row.memory_mib),
        Column("devices", "DEVICES", 18, devices, rank=1, sorts_by=lambda row: len(row.devices)),
        Column("hosts", "HOSTS", 5, lambda row: str(len(row.hosts)), rank=1, right=True,
               sorts_by=lambda row: len(row.hosts)),
        Column("used_by", "USED BY", 24, hosts, rank=4),
        Column("origin", "ORIGIN", 13, lambda row: row.origin, rank=3),
        Column("cost", "COST", 8, lambda row: or_none(row.cost), rank=5),
    ),
    actions=(
        Action("profile.create", "n", "new", on_row=False, bulk=False),
        Action("profile.edit", "e", "edit", bulk=False),
        Action("profile.delete", "d", "delete", ask=Ask.CONFIRM),
    ),
    forms=(
        Form("profile.create", "New hardware profile", FIELDS),
        Form("profile.edit", "Edit", FIELDS),
    ),
    empty="A hardware profile says how much of a host VMs may use, and what that costs. There is "
          "no hardware profile yet. {new} makes the first one.",
    dims=row_role,
    about=about,
)  # fmt: skip
