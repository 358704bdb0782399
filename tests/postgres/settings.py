"""The settings of an enclave of the tests, on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.backend.conftest import CONFIGURATION
from ticrypt_tui.config.settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """Those of the backend's own tests, with another database."""
    url = f"sqlite+aiosqlite:///{tmp_path}/data/console.db"
    file = tmp_path / "ticrypt-tui.toml"
    file.write_text(CONFIGURATION.format(folder=tmp_path).replace(url, database_url))
    return load_settings(file)
