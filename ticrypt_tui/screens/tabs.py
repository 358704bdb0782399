"""The tabs of the console, in the order of the sidebar."""

from __future__ import annotations

from ticrypt_tui.screens import (
    audit,
    configs,
    drives,
    hosts,
    images,
    licensing,
    past,
    pools,
    profiles,
    projects,
    realms,
    running,
    service,
    services,
    setups,
    teams,
    users,
    volumes,
)
from ticrypt_tui.screens.declaration import Tab

TABS: tuple[Tab, ...] = (
    realms.TAB, hosts.TAB, profiles.TAB, pools.TAB, volumes.TAB, images.TAB, setups.TAB,
    configs.TAB, running.TAB, past.TAB, service.TAB, drives.TAB, licensing.TAB,
    services.TAB, audit.TAB, users.TAB, teams.TAB, projects.TAB,
)  # fmt: skip
BY_NAME = {tab.name: tab for tab in TABS}
