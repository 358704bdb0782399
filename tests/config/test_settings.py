from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from ticrypt_tui import config
from ticrypt_tui.backend.errors import ConfigurationError
from ticrypt_tui.config.settings import Settings, load_settings

EXAMPLE = Path(config.__file__).with_name("example.toml")
Fault = Callable[[str, str], str]


@pytest.fixture
def fault(tmp_path: Path) -> Fault:
    """What is said of the example with one place of it replaced, without the file's name."""

    def of(old: str, new: str) -> str:
        file = tmp_path / "broken.toml"
        text = EXAMPLE.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(ConfigurationError) as caught:
            load_settings(file)
        sentence = str(caught.value)
        assert sentence.startswith(f"{file}: ")
        assert "\n" not in sentence
        return sentence.removeprefix(f"{file}: ")

    return of


def test_the_example_is_a_configuration() -> None:
    settings = load_settings(EXAMPLE)

    assert settings.path == EXAMPLE
    assert settings.realms[0].drives_pools["flash"] == "ticrypt-flash"
    assert settings.realms[0].shutdown_timeout == timedelta(minutes=2)
    assert settings.realms[0].drives.max_size == 16 * 2**40


def fields(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield name
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from fields(kind)


def test_the_example_shows_every_key_of_the_settings() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")

    assert [
        name for name in fields(Settings) if f"{name} =" not in text and f"{name}]" not in text
    ] == []


def test_the_example_shows_each_default_as_it_is(tmp_path: Path) -> None:
    least = tmp_path / "least.toml"
    least.write_text(
        '[database]\nurl = "sqlite+aiosqlite:////x.db"\n[audit]\nfile = "/x"\n'
        '[[realms]]\nid = "lab"\nname = "Lab"\n'
    )
    default, example = load_settings(least), load_settings(EXAMPLE)
    without = {"drives_pools", "volume_os"}

    assert example.sync == default.sync
    assert example.session == default.session
    assert example.services == default.services
    assert example.audit.model_dump(exclude={"file", "checkpoints", "checkpoint_key"}) == (
        default.audit.model_dump(exclude={"file", "checkpoints", "checkpoint_key"})
    )
    assert example.realms[0].model_dump(exclude=without) == (
        default.realms[0].model_dump(exclude=without)
    )


def test_off_switches_a_duration_off(tmp_path: Path) -> None:
    file = tmp_path / "off.toml"
    file.write_text(EXAMPLE.read_text(encoding="utf-8").replace('"30m"', '"off"'))

    assert load_settings(file).session.idle_exit is None


def test_an_unknown_key_is_named_with_what_may_have_been_meant(fault: Fault) -> None:
    assert fault("heartbeat", "hartbeat") == (
        "audit.hartbeat is not a key that the program knows; expected one of file, checkpoints, "
        "checkpoint_key, checkpoint_records, rotate_size, keep, heartbeat, follow. "
        "Did you mean heartbeat?"
    )


def test_an_unknown_key_of_a_realm_is_named_by_the_realms_place(fault: Fault) -> None:
    assert "realms[0].drivr is not a key" in fault("driver =", "drivr =")


def test_a_mistyped_key_is_told_rather_than_the_one_that_is_missing(fault: Fault) -> None:
    assert "Did you mean url?" in fault("url =", "urll =")


def test_a_missing_key_is_named_with_what_was_expected(fault: Fault) -> None:
    assert fault('id = "lab"', "") == (
        "realms[0].id is missing; expected small letters, digits and hyphens, a letter first, "
        "at most 40."
    )


def test_a_bad_value_is_shown_with_what_was_expected(fault: Fault) -> None:
    assert fault('"30m"', '"30 minutes"') == (
        'session.idle_exit is "30 minutes", which is not a duration; '
        'expected a duration such as "90s", "5m" or "1h30m", or "off".'
    )


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("read_only = false", 'read_only = "yes"', 'session.read_only is "yes"'),
        ("records = 1000", "records = true", "audit.checkpoint_records is True"),
        ('network = "default"', "network = 5", "realms[0].network is 5"),
        ('min_size = "1 GiB"', 'min_size = "1 GB"', 'realms[0].drives.min_size is "1 GB"'),
        ('min_size = "1 GiB"', 'min_size = "1 PiB"', "has a min_size above its max_size"),
        ("dns = []", 'dns = ["1.2.3"]', 'realms[0].dns[0] is "1.2.3"'),
        ('os = "linux"', 'os = "linx"', 'realms[0].volume_os[0].os is "linx"'),
        ("linux = [", "linus = [", 'realms[0].controller_restart.linus is "linus"'),
        ("logs = {}", 'logs = { "a.service" = "b" }', 'services.logs.a.service is "b"'),
        ("units = []", 'units = ["a@.service"]', 'services.units[0] is "a@.service"'),
        ("follow = []", 'follow = ["x"]', 'audit.follow[0] is "x"'),
        ("[[realms]]", "[realms]", "realms is {"),
        ("sqlite+aiosqlite", "sqlite", "not a database that the console can open"),
        (":////", ":///", "not an absolute path (four slashes)"),
        ("sqlite+aiosqlite:///", "postgresql+asyncpg://me:secret@host", "holds a password"),
    ],
)  # fmt: skip
def test_each_kind_of_bad_value_is_refused(fault: Fault, old: str, new: str, path: str) -> None:
    sentence = fault(old, new)

    assert path in sentence
    assert "; expected " in sentence


def test_two_realms_with_one_id_are_refused(fault: Fault) -> None:
    twin = '[[realms]]\nid = "lab"\nname = "Twin"\n[[realms]]'

    assert 'two realms with the id "lab"' in fault("[[realms]]", twin)


def test_what_is_not_toml_is_named_by_line_and_column(fault: Fault) -> None:
    assert "it is not TOML" in fault("[audit]", "[audit")
    assert "(at line 11, column 7)" in fault("[audit]", "[audit")


def test_control_characters_of_the_file_do_not_come_through(fault: Fault) -> None:
    assert "\\u{1b}[2J" in fault('"30m"', '"\\u001b[2J"')


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none.toml: cannot be read: No such file"):
        load_settings(tmp_path / "none.toml")


def test_the_environment_changes_nothing_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SESSION", '{"read_only": true}')
    monkeypatch.setenv("PATH_", "x")

    assert not load_settings(EXAMPLE).session.read_only


def test_a_faulty_remapping_names_the_file(fault: Fault) -> None:
    assert fault("[keys]", '[keys]\n"vm.shutdwn" = "K"\n#') == (
        'keys."vm.shutdwn" is not an action; expected one that ? shows. Did you mean vm.shutdown?'
    )
