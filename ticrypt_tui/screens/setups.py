"""Hardware setups: the templates of VM configurations; each is edited, cloned, deleted, and its
allocation simulated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticrypt_tui.screens.declaration import (
    Action,
    Ask,
    Column,
    Field,
    Form,
    Kind,
    Shows,
    Tab,
    Trial,
)
from ticrypt_tui.screens.hosts import realm_note
from ticrypt_tui.screens.showing import NONE, gib, named

if TYPE_CHECKING:
    from ticrypt_tui.backend.services.images.images import ImageRow
    from ticrypt_tui.backend.services.setups.setups import SetupRow

VARIANTS = ("default", "beta")
SCRIPTS = {"linux": "bash", "windows": "PowerShell"}


def debug(row: SetupRow) -> str:
    return "DEBUG" if row.debug else ""


def debug_role(row: SetupRow) -> str:
    return "warning" if row.debug else ""


def variant_role(row: SetupRow) -> str:
    return "accent" if row.variant == "beta" else ""


def devices(row: SetupRow) -> str:
    return ", ".join(f"{each.count} {each.kind}" for each in row.devices) or NONE


def script(row: SetupRow) -> str:
    """What runs its start-up script, if it has one."""
    return row.script_kind if row.startup_script else NONE


def configs(row: SetupRow) -> str:
    return named(row.configs) or NONE


def about(row: SetupRow) -> tuple[str, ...]:
    asks = f"{row.cores} cores · {gib(row.memory_mib)} GiB · devices: {devices(row)}"
    return (f"realm {row.realm} · image {row.image} · {asks}", f"configurations: {configs(row)}")


def tells(row: SetupRow) -> tuple[str, ...]:
    """Whom a change of it concerns, and from when on."""
    if not row.configs:
        return ()
    uses = "configuration uses it" if len(row.configs) == 1 else "configurations use it"
    return (
        f"{len(row.configs)} {uses}: {named(row.configs, 6)}.",
        "What you change holds from their next start on, not before.",
    )


def image_note(row: ImageRow) -> str:
    return f"{row.os}, so {SCRIPTS.get(row.os, row.os)} · volume {row.volume}"


FIELDS = (
    Field("realm", "Realm", Kind.OBJECT, of="realms", fixed=True, note=realm_note,
          says="VMs of this setup run on the hosts of this realm.",
          holds=lambda row: row.realm_id),
    Field("name", "Name", says="1 to 200 characters, its realm's only one.", alone=True),
    Field("image", "Image", Kind.OBJECT, of="images", within="realm", note=image_note,
          says="What its VMs boot from: an image of the realm.", holds=lambda row: row.image_id),
    Field("cores", "Cores", Kind.NUMBER, says="How many of its host's cores a VM has."),
    Field("memory", "Memory", Kind.MEMORY, holds=lambda row: row.memory_mib,
          says="How much memory a VM has: GiB, or as in 512 MiB."),
    Field("devices", "Devices", Kind.COUNTS, required=False,
          says="Optional: GPUs and FPGAs, by the kind that hardware profiles have, and how many. A "
               "line that is filled in makes room for another."),
    Field("variant", "Variant", Kind.CHOICE, choices=VARIANTS,
          says="default: stable · beta: new, or still in work"),
    Field("debug_pty", "DEBUG: pty", Kind.FLAG,
          says="DEBUG, never for production: an admin may open the serial console of its VMs. "
               "DEBUG is shown wherever such a VM is."),
    Field("debug_console", "DEBUG: console", Kind.FLAG,
          says="DEBUG, never for production: an admin may look at the screen of its VMs, and type. "
               "DEBUG is shown wherever such a VM is."),
    Field("startup_script", "Start-up script", Kind.LINES, required=False,
          says="Optional: run before the VM controller, by bash on Linux, PowerShell on Windows. "
               "enter begins a line, tab goes on."),
)  # fmt: skip
TRIAL = Trial("setup.test", ("realm", "cores", "memory", "devices"),
              "Looking whether any host could ever hold it", quiet=True)  # fmt: skip

TAB = Tab(
    name="setups",
    title="VM Hardware Setups",
    short="Setups",
    group="Machines",
    noun="hardware setup",
    columns=(
        Column("name", "NAME", 18, lambda row: row.name, rank=0),
        Column("debug", "DEBUG", 5, debug, rank=0, style=debug_role),
        Column("realm", "REALM", 8, lambda row: row.realm, rank=4),
        Column("image", "IMAGE", 16, lambda row: row.image, rank=3),
        Column("os", "OS", 7, lambda row: row.os, rank=6),
        Column("cores", "CORES", 5, lambda row: str(row.cores), rank=0, right=True,
               sorts_by=lambda row: row.cores),
        Column("memory", "MEM GiB", 9, lambda row: gib(row.memory_mib), rank=0, right=True,
               sorts_by=lambda row: row.memory_mib),
        Column("devices", "DEVICES", 14, devices, rank=1,
               sorts_by=lambda row: sum(each.count for each in row.devices)),
        Column("variant", "VARIANT", 7, lambda row: row.variant, rank=5, style=variant_role),
        Column("script", "SCRIPT", 10, script, rank=7),
        Column("configs", "CONFIGS", 7, lambda row: str(len(row.configs)), rank=2, right=True,
               sorts_by=lambda row: len(row.configs)),
        Column("used_by", "USED BY", 24, configs, rank=8),
    ),
    actions=(
        Action("setup.create", "n", "new", on_row=False, bulk=False),
        Action("setup.edit", "e", "edit", bulk=False),
        Action("setup.clone", "c", "clone", bulk=False),
        Action("setup.simulate", "m", "simulate", shows=Shows.SIMULATION, bulk=False),
        Action("setup.delete", "d", "delete", ask=Ask.CONFIRM),
    ),
    forms=(
        Form("setup.create", "New hardware setup", FIELDS, trial=TRIAL),
        Form("setup.edit", "Edit", FIELDS, trial=TRIAL, tells=tells),
        Form("setup.clone", "Clone", FIELDS, trial=TRIAL, copies=True),
    ),
    empty="A hardware setup is an image with the cores, memory and devices that its VMs have. "
          "There is none yet. {new} makes the first one.",
    about=about,
)  # fmt: skip
