"""The driver of each realm, and why a realm has none."""

from __future__ import annotations

from collections.abc import Mapping

from ticrypt_tui.backend.drivers import KNOWN, driver
from ticrypt_tui.backend.drivers.base import DomainEnded, Driver, Host, HostAddress
from ticrypt_tui.backend.errors import ConfigurationError, Refused, TicryptError
from ticrypt_tui.config.settings import Settings
from ticrypt_tui.text import shown


class Drivers(dict[str, Driver]):
    """Drivers by realm ID; `faults` has the reasons of the realms whose driver cannot be used."""

    def __init__(
        self, drivers: Mapping[str, Driver], faults: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(drivers)
        self.faults = dict(faults or {})

    def at(self, realm_id: str, uri: str) -> Host:
        """What is at a URI, that no watch follows and nothing contacts by itself.

        Raises `Refused` where the realm's driver cannot be used, `WrongUse` for a URI that it
        cannot take.
        """
        if realm_id not in self:
            raise Refused(self.faults[realm_id])
        return self[realm_id].host(HostAddress("", realm_id, uri, uri), SILENT)

    def complaint(self, realm_id: str, uri: str) -> str:
        """What is wrong with a host's URI in a realm that there is, or ''."""
        try:
            self.at(realm_id, uri)
        except TicryptError as error:
            return error.sentence
        return ""


def drivers_of(settings: Settings) -> Drivers:
    """Raises `ConfigurationError` for a realm that names a driver which does not exist."""
    drivers: dict[str, Driver] = {}
    faults: dict[str, str] = {}
    for number, realm in enumerate(settings.realms):
        if realm.driver not in KNOWN:
            raise ConfigurationError(
                f"{shown(settings.path)}: realms[{number}].driver: there is no driver "
                f"{shown(realm.driver)}; expected one of {', '.join(KNOWN)}."
            )
        try:
            drivers[realm.id] = driver(realm.driver)
        except ConfigurationError as error:
            faults[realm.id] = str(error)
    return Drivers(drivers, faults)


class _Silent:
    """Hears nothing: for a host that is only checked, never watched."""

    def changed(self, host_id: str) -> None:
        pass

    def ended(self, event: DomainEnded) -> None:
        pass

    def lost(self, host_id: str, reason: str) -> None:
        pass


SILENT = _Silent()
