"""What is known of one VM that runs: the row of the tab, and what operations are given."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class RunningVm(NamedTuple):
    """A VM that has not ended, or a domain that the store does not know (`known` is False).

    A `simulated` one is played by libvirt: nothing of it is real, and nothing of it in the store.
    `stale_since` is when a VM was last seen whose host does not answer or is not contacted. What
    its host has still to tell of a `pending` one is empty, and a stranger's name is its domain's.
    `debug_pty` says that its configuration's setup has a serial console that an admin may open.
    `register_by` is when one is ended whose guest's agent has not answered by then. A tuple, since
    a console makes 10,000 of them at once: a dataclass takes three times as long.
    """

    id: str
    name: str
    state: str
    owner: str = ""
    team: str = ""
    project: str = ""
    realm: str = ""
    realm_id: str = ""
    host: str = ""
    host_id: str | None = None
    cores: int = 0
    memory_mib: int = 0
    started: datetime | None = None
    address: str | None = None
    mac: str | None = None
    debug: bool = False
    debug_pty: bool = False
    known: bool = True
    stale_since: datetime | None = None
    setup: str = ""
    service: bool = False
    owner_id: str | None = None
    team_id: str | None = None
    project_id: str | None = None
    image_id: str | None = None
    configuration_id: str | None = None
    service_vm_id: str | None = None
    co_owner_ids: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    uuid: str = ""
    domain: str = ""
    reason: str = ""
    has_screen: bool = False
    has_console: bool = False
    asked: bool = False
    simulated: bool = False
    pending: bool = False
    register_by: datetime | None = None
