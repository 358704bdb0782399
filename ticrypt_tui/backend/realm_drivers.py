"""The driver of each realm, and why a realm has none."""

from __future__ import annotations

from ticrypt_tui.backend.drivers import KNOWN, driver
from ticrypt_tui.backend.drivers.base import DomainEnded, Driver
from ticrypt_tui.backend.errors import ConfigurationError
from ticrypt_tui.config.settings import Settings
from ticrypt_tui.text import shown


def drivers_of(settings: Settings) -> tuple[dict[str, Driver], dict[str, str]]:
    """Drivers by realm ID, and the reasons of the realms whose driver cannot be used here.

    Raises `ConfigurationError` for a realm that names a driver which does not exist.
    """
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
    return drivers, faults


class _Silent:
    """Hears nothing: for a host that is only checked, never contacted."""

    def changed(self, host_id: str) -> None:
        pass

    def ended(self, event: DomainEnded) -> None:
        pass

    def lost(self, host_id: str, reason: str) -> None:
        pass


SILENT = _Silent()
