"""The bounds of the audit file: what may be said of them, and that they may be left unsaid."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from ticrypt_tui.backend.errors import ConfigurationError
from ticrypt_tui.config.settings import AuditSettings, load_settings

KEY = 'checkpoint_key = "/etc/it.key"'


def loaded(folder: Path, *lines: str) -> AuditSettings:
    file = folder / "ticrypt-tui.toml"
    audit = "\n".join(["[audit]", 'file = "/var/audit.jsonl"', *lines])
    file.write_text(f'[database]\nurl = "sqlite+aiosqlite:////var/console.db"\n{audit}\n')
    return load_settings(file).audit


def test_a_configuration_that_says_nothing_of_them_has_none(tmp_path: Path) -> None:
    audit = loaded(tmp_path, KEY)
    assert (audit.rotate_size, audit.keep) == (None, None)


def test_they_are_a_size_and_a_time(tmp_path: Path) -> None:
    audit = loaded(tmp_path, 'rotate_size = "64 MiB"', 'keep = "365d"', KEY)
    assert (audit.rotate_size, audit.keep) == (2**26, timedelta(days=365))


def test_they_may_be_off_also_where_nothing_is_signed(tmp_path: Path) -> None:
    audit = loaded(tmp_path, 'rotate_size = "off"', 'keep = "off"')
    assert (audit.rotate_size, audit.keep) == (None, None)


@pytest.mark.parametrize("line", ['rotate_size = "64 MiB"', 'keep = "2d"'])
def test_without_checkpoints_they_are_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigurationError, match=r"of no use without audit\.checkpoint_key"):
        loaded(tmp_path, line)


@pytest.mark.parametrize("line", ['rotate_size = "64"', "rotate_size = 64", 'keep = "for ever"'])
def test_what_is_neither_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(
        ConfigurationError, match=r"expected a (size|duration) such as .*or \"off\""
    ):
        loaded(tmp_path, line, KEY)
