"""The drivers of realms, by the name that the configuration gives them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ticrypt_tui.backend.errors import ConfigurationError

if TYPE_CHECKING:
    from ticrypt_tui.backend.drivers.base import Driver

_ROOMS = {"libvirt": "ticrypt_tui.backend.drivers.libvirt.driver"}

KNOWN = tuple(_ROOMS)


def driver(name: str) -> Driver:
    """The driver of that name; its library is imported now, not before.

    Raises `ConfigurationError` for a name that no driver has, or a library that does not load.
    """
    if name not in _ROOMS:
        known = ", ".join(KNOWN)
        raise ConfigurationError(f"There is no driver {name!r}.", f"The known drivers: {known}.")
    try:
        made: Driver = import_module(_ROOMS[name]).driver()
    except ImportError as error:
        raise ConfigurationError(f"The driver {name} cannot be loaded: {error}.") from error
    return made
