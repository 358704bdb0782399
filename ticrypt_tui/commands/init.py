"""`ticrypt-tui init`: a configuration file, a database, and a first super-admin."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ticrypt_tui.backend.errors import ConfigurationError, Failed
from ticrypt_tui.commands.session import Choices, configured, finished
from ticrypt_tui.config import locations

if TYPE_CHECKING:
    from ticrypt_tui.config.settings import Settings

_SYSTEM_DATA = "/var/lib/ticrypt-tui"
_SYSTEM_KEY = "/etc/ticrypt-tui/checkpoint.key"


@click.command("init")
@configured
@click.option("--data", type=click.Path(path_type=Path), help="Folder of database and audit log.")
def command(choices: Choices, data: Path | None) -> None:
    """Write a commented configuration, make or migrate the database, make you its super-admin."""
    file, written = _configuration(choices, data)
    click.echo(f"{'wrote' if written else 'kept'} {file}")
    from ticrypt_tui.config.settings import load_settings

    finished(_made(load_settings(file)))


def _configuration(choices: Choices, data: Path | None) -> tuple[Path, bool]:
    """The configuration file, written if there is none; raises `Failed`."""
    named = choices.file()
    try:
        file = locations.configuration_file(named)
    except ConfigurationError:
        _, user, system = locations.candidates()
        file = system if os.geteuid() == 0 else user
    if file.exists():
        return file, False
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_example(data), encoding="utf-8")
    except OSError as error:
        raise Failed(f"{file} cannot be written: {error.strerror}.") from error
    return file, True


def _example(data: Path | None) -> str:
    """The commented example, with the data where this user may keep them."""
    text = (files("ticrypt_tui.config") / "example.toml").read_text(encoding="utf-8")
    if data is None and os.geteuid() == 0:
        return text
    here = str((data or locations.data_folder()).absolute())
    return text.replace(_SYSTEM_DATA, here).replace(_SYSTEM_KEY, f"{here}/checkpoint.key")


async def _made(settings: Settings) -> None:
    from ticrypt_tui.backend.caller import present_origin
    from ticrypt_tui.backend.founding import found

    for sentence in await found(settings, present_origin()):
        click.echo(sentence)
