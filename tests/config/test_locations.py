from pathlib import Path

import pytest

from ticrypt_tui.backend.errors import ConfigurationError
from ticrypt_tui.config.locations import candidates, configuration_file, data_folder


@pytest.fixture(autouse=True)
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "etc"))
    monkeypatch.delenv("TICRYPT_TUI_CONFIG", raising=False)
    return tmp_path


def test_where_there_is_none_the_places_are_named(empty_home: Path) -> None:
    with pytest.raises(ConfigurationError, match="There is no configuration file") as caught:
        configuration_file()

    assert all(str(place) in caught.value.sentence for place in candidates())


def test_the_first_place_that_has_one_is_taken(empty_home: Path) -> None:
    here, users, systems = candidates()
    for place in (systems, users, here):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
        assert configuration_file() == place


def test_the_environments_goes_before_the_places_and_a_named_one_before_both(
    empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (empty_home / "ticrypt-tui.toml").touch()
    monkeypatch.setenv("TICRYPT_TUI_CONFIG", "other.toml")

    assert configuration_file() == empty_home / "other.toml"
    assert configuration_file(Path("named.toml")) == empty_home / "named.toml"


def test_the_data_folder_is_the_users(empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(empty_home / "data"))

    assert data_folder() == empty_home / "data" / "ticrypt-tui"
