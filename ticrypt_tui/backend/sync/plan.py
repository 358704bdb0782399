"""The plans of Fix VMs and Fix drives: pure functions of what the store and the hosts say."""

from __future__ import annotations

from ticrypt_tui.backend.sync.differences import Difference, Grade, Kind
from ticrypt_tui.backend.sync.drive_plan import plan_drives
from ticrypt_tui.backend.sync.vm_plan import plan_vms

__all__ = ["Difference", "Grade", "Kind", "plan_drives", "plan_vms"]
