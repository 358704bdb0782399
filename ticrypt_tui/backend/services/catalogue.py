"""Every service there is; importing this registers every operation."""

from __future__ import annotations

from ticrypt_tui.backend.services import (
    audit_export,
    config_changes,
    drive_changes,
    drive_deleting,
    drive_sharing,
    drive_unsharing,
    fixing,
    host_changes,
    host_document,
    host_probe,
    image_changes,
    key_registration,
    license_changes,
    license_export,
    license_resync,
    logs,
    pool_changes,
    profile_changes,
    project_changes,
    service_vm_changes,
    service_vm_power,
    setup_changes,
    setup_warning,
    shutdown,
    simulating,
    starting,
    storage_documents,
    tagging,
    team_changes,
    unit_logs,
    unit_restart,
    user_changes,
    utilization,
    volume_changes,
)
from ticrypt_tui.backend.services.audit import AuditRecords
from ticrypt_tui.backend.services.base import AnyService
from ticrypt_tui.backend.services.config_choices import (
    OwnerChoices,
    ProjectChoices,
    SetupChoices,
    TeamChoices,
)
from ticrypt_tui.backend.services.configs import Configs
from ticrypt_tui.backend.services.drive_choices import (
    DriveChoices,
    RealmChoices,
    Receivers,
    TierChoices,
)
from ticrypt_tui.backend.services.drives import Drives
from ticrypt_tui.backend.services.hosts import Hosts
from ticrypt_tui.backend.services.images import Images
from ticrypt_tui.backend.services.licenses import Licenses
from ticrypt_tui.backend.services.past import PastVms
from ticrypt_tui.backend.services.pool_types import PoolTypes
from ticrypt_tui.backend.services.pools import Pools
from ticrypt_tui.backend.services.profiles import Profiles
from ticrypt_tui.backend.services.projects import Projects
from ticrypt_tui.backend.services.realms import Realms
from ticrypt_tui.backend.services.running import RunningVms
from ticrypt_tui.backend.services.service_vms import ServiceVms
from ticrypt_tui.backend.services.setups import Setups
from ticrypt_tui.backend.services.teams import Teams
from ticrypt_tui.backend.services.units import SystemServices
from ticrypt_tui.backend.services.users import Users
from ticrypt_tui.backend.services.volumes import Volumes

SERVICES: tuple[type[AnyService], ...] = (
    Realms, Hosts, Profiles, Pools, PoolTypes, Volumes, Images, Setups, Configs, SetupChoices,
    OwnerChoices, TeamChoices, ProjectChoices, RunningVms,
    PastVms, ServiceVms, Drives, DriveChoices, RealmChoices, TierChoices, Receivers,
    Licenses, AuditRecords, Users, Teams, Projects, SystemServices,
)  # fmt: skip

__all__ = [
    "SERVICES", "audit_export", "config_changes", "drive_changes", "drive_deleting",
    "drive_sharing", "drive_unsharing", "fixing",
    "host_changes", "host_document", "host_probe", "image_changes", "key_registration",
    "license_changes", "license_export", "license_resync", "logs",
    "pool_changes", "profile_changes", "project_changes", "service_vm_changes",
    "service_vm_power", "setup_changes",
    "setup_warning", "shutdown", "simulating", "starting", "storage_documents", "tagging",
    "team_changes", "unit_logs", "unit_restart", "user_changes", "utilization", "volume_changes",
]  # fmt: skip
