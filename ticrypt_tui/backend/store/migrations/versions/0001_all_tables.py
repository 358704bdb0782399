"""All tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _people()
    _infrastructure()
    _recipes()
    _vms()
    _drives()
    _others()


def downgrade() -> None:
    """Restore the backup that was made before the migration."""
    raise NotImplementedError(downgrade.__doc__)


def _column(name: str, kind: Any, *, nullable: bool = False, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable, **options)


def _text(name: str, length: int | None = None, *, nullable: bool = False) -> sa.Column[Any]:
    return _column(name, sa.String(length), nullable=nullable)


def _word(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return _text(name, 40, nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return _column(name, sa.Integer(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return _column(name, sa.BigInteger(), nullable=nullable)


def _flag(name: str) -> sa.Column[Any]:
    return _column(name, sa.Boolean())


def _bytes(name: str) -> sa.Column[Any]:
    return _column(name, sa.LargeBinary())


def _key(*columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns)


def _unique(*columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns)


def _reference(column: str, table: str, on_delete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], ondelete=on_delete)


def _people() -> None:
    """Users, teams and projects."""
    op.create_table(
        "user_record",
        _number("version"), _text("id", 64), _text("login", 64), _text("name", 200), _word("role"),
        _flag("active"), _text("inactive_reason"), _moment("created"), _key("id"), _unique("login"),
    )  # fmt: skip
    op.create_table(
        "team",
        _number("version"), _text("id", 64), _text("name", 200), _number("cores", nullable=True),
        _number("memory_mib", nullable=True), _number("drive_space_gib", nullable=True), _key("id"),
        _unique("name"),
    )  # fmt: skip
    op.create_table(
        "project",
        _number("version"), _text("id", 64), _text("tag", 200), _text("colour"),
        _text("parent_id", nullable=True), _text("level"), _key("id"), _unique("tag"),
        _reference("parent_id", "project"),
    )  # fmt: skip
    op.create_table(
        "team_member",
        _text("team_id"), _text("user_id"), _key("team_id", "user_id"),
        _reference("team_id", "team", "CASCADE"), _reference("user_id", "user_record", "CASCADE"),
    )  # fmt: skip
    op.create_table(
        "project_member",
        _text("project_id"), _text("user_id"), _key("project_id", "user_id"),
        _reference("project_id", "project", "CASCADE"),
        _reference("user_id", "user_record", "CASCADE"),
    )  # fmt: skip
    op.create_table(
        "user_key",
        _text("id", 64), _text("user_id"), _number("number"), _bytes("encryption_key"),
        _bytes("signing_key"), _text("fingerprint"), _moment("registered"),
        _moment("replaced", nullable=True), _key("id"), _unique("user_id", "number"),
        _reference("user_id", "user_record"),
    )  # fmt: skip


def _infrastructure() -> None:
    """Hosts, profiles, pools, and what was found on them."""
    op.create_table(
        "hardware_profile",
        _number("version"), _text("id", 64), _text("realm_id"), _text("name", 200),
        _number("cores"), _number("memory_mib"), _text("cost"), _flag("declared"), _key("id"),
        _unique("realm_id", "name"),
    )  # fmt: skip
    op.create_table(
        "profile_device",
        _text("profile_id"), _text("pci_address"), _text("kind"), _key("profile_id", "pci_address"),
        _reference("profile_id", "hardware_profile", "CASCADE"),
    )  # fmt: skip
    op.create_table(
        "host",
        _number("version"), _text("id", 64), _text("realm_id"), _text("name", 200),
        _text("uri", 1000), _text("profile_id", nullable=True), _word("state"),
        _text("nat_address", nullable=True), _number("nat_port_base", nullable=True),
        _number("generation"), _key("id"), _unique("realm_id", "name"), _unique("realm_id", "uri"),
        _reference("profile_id", "hardware_profile"),
    )  # fmt: skip
    op.create_table(
        "storage_pool",
        _number("version"), _text("id", 64), _text("realm_id"), _text("name", 200), _text("tier"),
        _text("type"), _text("target"), _word("quota_mode"),
        _column("quota_bytes", sa.BigInteger()), _key("id"), _unique("realm_id", "name"),
    )  # fmt: skip
    op.create_table(
        "pool_host",
        _text("pool_id"), _text("host_id"), _key("pool_id", "host_id"),
        _reference("pool_id", "storage_pool", "CASCADE"), _reference("host_id", "host", "CASCADE"),
    )  # fmt: skip
    op.create_table(
        "volume_system",
        _text("realm_id"), _text("volume"), _text("os"), _text("stated_by"), _moment("stated"),
        _key("realm_id", "volume"), _reference("stated_by", "user_record"),
    )  # fmt: skip
    op.create_table(
        "realm_sync",
        _text("realm_id"), _text("kind"), _moment("started"), _moment("ended", nullable=True),
        _text("by"), _text("result"), _key("realm_id", "kind"),
    )  # fmt: skip


def _recipes() -> None:
    """Images, setups and configurations."""
    op.create_table(
        "vm_image",
        _number("version"), _text("id", 64), _text("realm_id"), _text("name", 200),
        _text("volume", 500), _text("os"), _key("id"), _unique("realm_id", "name"),
        _unique("realm_id", "volume"),
    )  # fmt: skip
    op.create_table(
        "hardware_setup",
        _number("version"), _text("id", 64), _text("realm_id"), _text("name", 200),
        _text("image_id"), _number("cores"), _number("memory_mib"), _flag("debug_pty"),
        _flag("debug_console"), _text("variant"), _text("startup_script"), _key("id"),
        _unique("realm_id", "name"), _reference("image_id", "vm_image"),
    )  # fmt: skip
    op.create_table(
        "setup_device",
        _text("setup_id"), _text("kind"), _number("count"), _key("setup_id", "kind"),
        _reference("setup_id", "hardware_setup", "CASCADE"),
    )  # fmt: skip
    op.create_table(
        "vm_configuration",
        _number("version"), _text("id", 64), _text("realm_id"), _text("name", 200),
        _text("setup_id"), _text("team_id", nullable=True), _text("project_id", nullable=True),
        _text("owner_id"), _key("id"), _reference("setup_id", "hardware_setup"),
        _reference("team_id", "team"), _reference("project_id", "project"),
        _reference("owner_id", "user_record"),
    )  # fmt: skip
    op.create_table(
        "co_owner",
        _text("configuration_id"), _text("user_id"), _key("configuration_id", "user_id"),
        _reference("configuration_id", "vm_configuration", "CASCADE"),
        _reference("user_id", "user_record", "CASCADE"),
    )  # fmt: skip
    op.create_table(
        "service_vm",
        _number("version"), _text("id", 64), _text("realm_id"), _text("name", 200),
        _text("image_id"), _number("cores"), _number("memory_mib"), _text("host_id", nullable=True),
        _key("id"), _unique("realm_id", "name"), _reference("image_id", "vm_image"),
        _reference("host_id", "host", "SET NULL"),
    )  # fmt: skip
    op.create_table(
        "service_vm_device",
        _text("service_vm_id"), _text("kind"), _number("count"), _key("service_vm_id", "kind"),
        _reference("service_vm_id", "service_vm", "CASCADE"),
    )  # fmt: skip


def _vms() -> None:
    """VMs, their events, and what they hold."""
    op.create_table(
        "vm",
        _text("id", 64), _text("realm_id"), _text("name", 200),
        _text("configuration_id", nullable=True), _flag("service"),
        _text("service_vm_id", nullable=True), _text("setup_name"),
        _text("image_id", nullable=True), _text("owner_id", nullable=True),
        _text("team_id", nullable=True), _text("team_name"), _text("project_id", nullable=True),
        _text("project_tag"), _text("host_id", nullable=True), _text("host_name"), _number("cores"),
        _number("memory_mib"), _flag("debug"), _word("state"),
        _text("shutdown_asked_by", nullable=True), _flag("forced"), _moment("created"),
        _moment("started", nullable=True), _moment("ended", nullable=True),
        _word("end", nullable=True), _text("end_detail"), _key("id"),
        _reference("configuration_id", "vm_configuration", "SET NULL"),
        _reference("service_vm_id", "service_vm", "SET NULL"),
        _reference("image_id", "vm_image", "SET NULL"), _reference("owner_id", "user_record"),
        _reference("team_id", "team", "SET NULL"), _reference("project_id", "project", "SET NULL"),
        _reference("host_id", "host", "SET NULL"), _reference("shutdown_asked_by", "user_record"),
    )  # fmt: skip
    op.create_index("vm_ended", "vm", ["ended"])
    op.create_table(
        "vm_event",
        _number("id"), _text("vm_id"), _moment("at"), _text("what"), _text("detail"), _key("id"),
        _reference("vm_id", "vm"),
    )  # fmt: skip
    op.create_index("vm_event_of", "vm_event", ["vm_id", "at"])
    op.create_table(
        "allocation",
        _text("vm_id"), _text("host_id"), _number("cores"), _number("memory_mib"), _key("vm_id"),
        _reference("vm_id", "vm"), _reference("host_id", "host"),
    )  # fmt: skip
    op.create_index("ix_allocation_host_id", "allocation", ["host_id"])
    op.create_table(
        "device_assignment",
        _text("host_id"), _text("pci_address"), _text("vm_id"), _key("host_id", "pci_address"),
        _reference("host_id", "host"), _reference("vm_id", "vm"),
    )  # fmt: skip


def _drives() -> None:
    """Drives and their keys."""
    op.create_table(
        "drive",
        _number("version"), _text("id"), _text("realm_id"), _text("name", 200), _text("owner_id"),
        _text("team_id", nullable=True), _text("project_id", nullable=True), _text("pool_id"),
        _text("volume"), _column("size_bytes", sa.BigInteger()), _text("format"), _flag("backup"),
        _text("state"), _text("state_detail"), _moment("created"),
        _moment("last_attached", nullable=True), _key("id"), _reference("owner_id", "user_record"),
        _reference("team_id", "team"), _reference("project_id", "project"),
        _reference("pool_id", "storage_pool"),
    )  # fmt: skip
    op.create_table(
        "drive_envelope",
        _text("drive_id"), _number("number"), _bytes("envelope"), _bytes("manifest"),
        _bytes("signature"), _moment("made"), _key("drive_id", "number"),
        _reference("drive_id", "drive", "CASCADE"),
    )  # fmt: skip
    op.create_table(
        "drive_holder",
        _text("drive_id"), _text("user_id"), _text("fingerprint"), _word("mode"),
        _text("added_by", nullable=True), _moment("added"), _key("drive_id", "user_id"),
        _reference("drive_id", "drive", "CASCADE"), _reference("user_id", "user_record"),
        _reference("added_by", "user_record"),
    )  # fmt: skip
    op.create_table(
        "configuration_drive",
        _text("configuration_id"), _text("drive_id"), _word("mode"),
        _key("configuration_id", "drive_id"),
        _reference("configuration_id", "vm_configuration", "CASCADE"),
        _reference("drive_id", "drive"),
    )  # fmt: skip
    op.create_table(
        "drive_use",
        _text("drive_id"), _text("vm_id"), _word("mode"), _key("drive_id", "vm_id"),
        _reference("drive_id", "drive"), _reference("vm_id", "vm"),
    )  # fmt: skip


def _others() -> None:
    """Licensing servers, and the audit chain."""
    op.create_table(
        "licensing_server",
        _number("version"), _text("id", 64), _text("name", 200), _text("address"),
        _text("resolved"), _text("ports"), _text("protocol"), _text("group"),
        _moment("deactivate_at", nullable=True), _text("created_by"), _moment("created"),
        _key("id"), _unique("address", "ports", "protocol"),
        _reference("created_by", "user_record"),
    )  # fmt: skip
    op.create_table(
        "audit_record",
        _column("seq", sa.BigInteger(), autoincrement=False), _text("operation_id", 64),
        _text("outcome", 20), _text("body"), _text("hash", 64), _key("seq"),
    )  # fmt: skip
    op.create_index("ix_audit_record_operation_id", "audit_record", ["operation_id"])
