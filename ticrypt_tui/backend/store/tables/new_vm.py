"""A VM whose row is still to be made, as plain values.

Making a `Vm` of them takes longer than all that is asked of the store before its place is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from ticrypt_tui.backend.store.tables.columns import new_id, now


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVm:
    """What is settled of a VM before it has a place; each field is a column of `Vm`."""

    id: str = field(default_factory=partial(new_id, "vm"))
    realm_id: str
    name: str
    configuration_id: str | None = None
    service: bool = False
    service_vm_id: str | None = None
    setup_name: str = ""
    image_id: str | None = None
    owner_id: str | None = None
    team_id: str | None = None
    team_name: str = ""
    project_id: str | None = None
    project_tag: str = ""
    cores: int
    memory_mib: int
    debug: bool = False
    created: datetime = field(default_factory=now)

    def row(self, **more: Any) -> dict[str, Any]:
        """Every column of its row but `state`; what `more` has goes before what it would be."""
        return {**_NOT_YET, **dict(zip(_SETTLED, _VALUES(self), strict=True)), **more}


_SETTLED = tuple(NewVm.__dataclass_fields__)
_VALUES = attrgetter(*_SETTLED)
_NOT_YET: Mapping[str, Any] = MappingProxyType(
    {
        "host_id": None, "host_name": "", "shutdown_asked_by": None, "forced": False,
        "started": None, "registered": None, "starter": "", "ended": None, "end": None,
        "end_detail": "",
    }
)  # fmt: skip
