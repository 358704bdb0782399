"""Licensing servers: the only addresses that running VMs may reach (domain.md 2.14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ticrypt_tui.backend.services.base import Detail, Service
from ticrypt_tui.backend.store.tables.data import LicensingServer


@dataclass(frozen=True, slots=True)
class HostState:
    """How the list stands on one host: `in sync`, `drifted`, `not applied` or `error`."""

    host: str
    realm: str
    state: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LicenseRow:
    """An address that every running VM may reach, of whatever realm.

    `address` is an address, a network or a host name in its canonical form; `resolved` are the
    addresses that are let through. `active` is False once `deactivate_at` is past.
    """

    id: str
    name: str
    address: str
    resolved: tuple[str, ...]
    ports: str
    protocol: str
    active: bool
    group: str
    deactivate_at: datetime | None
    created_by: str
    created: datetime
    hosts: tuple[HostState, ...]
    state: str
    version: int


class Licenses(Service[LicenseRow]):
    """The tab of licensing servers."""

    tab = "licensing"
    kind = "license"
    noun = "licensing server"
    table = LicensingServer

    async def rows(self) -> Sequence[LicenseRow]:
        raise NotImplementedError

    async def detail(self, row: LicenseRow) -> Detail:
        raise NotImplementedError
