"""Where the configuration is looked for, and where the console keeps its own data."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from ticrypt_tui.backend.errors import ConfigurationError

NAME = "ticrypt-tui"
FILE = f"{NAME}.toml"
VARIABLE = "TICRYPT_TUI_CONFIG"


def data_folder() -> Path:
    """The user's data folder of this program (`XDG_DATA_HOME`, else `~/.local/share`); not made."""
    return platformdirs.user_data_path(NAME)


def candidates() -> tuple[Path, ...]:
    """The places of a configuration that nobody names, in the order of `design.md` 6."""
    return (
        Path(FILE).absolute(),
        platformdirs.user_config_path(NAME) / FILE,
        platformdirs.site_config_path(NAME) / FILE,
    )


def configuration_file(named: Path | None = None) -> Path:
    """The configuration file to read: the named one, `TICRYPT_TUI_CONFIG`'s, or the first there is.

    Raises `ConfigurationError` where there is none, saying where it was looked for.
    """
    said = named or Path(os.environ.get(VARIABLE, ""))
    if said != Path():
        return said.expanduser().absolute()
    for candidate in candidates():
        if candidate.is_file():
            return candidate
    places = ", ".join(str(candidate) for candidate in candidates())
    raise ConfigurationError(
        f"There is no configuration file: none at {places}.",
        "`ticrypt-tui init` writes one; `ticrypt-tui demo` needs none.",
    )
