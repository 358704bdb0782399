"""Which names of system services the configuration takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ticrypt_tui.backend.errors import ConfigurationError
from ticrypt_tui.config.settings import load_settings
from ticrypt_tui.config.unit_names import unit_name

CONFIGURATION = """
[database]
url = "sqlite+aiosqlite:////data/console.db"
[audit]
file = "/data/audit.jsonl"
[services]
{services}
"""


@pytest.mark.parametrize(
    "name",
    [
        "ticrypt-vm.service",
        "postgresql@15-main.service",
        "dev-disk\\x2dby.service",
        "dbus.socket",
        "logrotate.timer",
        f"{'a' * 247}.service",
    ],
)
def test_the_exact_name_of_one_unit_is_taken(name: str) -> None:
    assert unit_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "", " ", ".service", "@.service", "a b.service", "ssh", "--root=/", "-H.service",
        "--now.service",
        "../x", "../x.service", "/etc/systemd/system/x.service", "foo.service;id", "foo.service id",
        "$(id).service", "`id`.service", "*.service", "tic?ypt.service", "[ab].service",
        "foo@.service", "foo@%i.service", "foo.service\n", "foo\n.service", "foo\0.service",
        "\x1b[31mred.service", "multi-user.target", "tmp.mount", "user.slice", "foo.SERVICE",
        "ｆoo.service", "é.service", "a\u202e.service", f"{'a' * 300}.service", 7, None,
    ],
)  # fmt: skip
def test_templates_patterns_paths_and_options_are_refused(name: object) -> None:
    with pytest.raises(ValueError, match=r"is not the name of one|does not begin|is a template"):
        unit_name(name)


@pytest.mark.parametrize(
    ("services", "told"),
    [
        (
            'units = ["ok.service", "*.service"]',
            'services.units[1] is "*.service", which is not the name of one unit; expected a list '
            "of names, each the exact name of a service, socket or timer, such as "
            '"ticrypt-vm.service".',
        ),
        (
            'logs = { "foo@.service" = "/var/log/foo.log" }',
            "is a template, not one of its instances",
        ),
    ],
)
def test_a_name_that_is_refused_is_named_with_where_it_stands(
    tmp_path: Path, services: str, told: str
) -> None:
    file = tmp_path / "ticrypt-tui.toml"
    file.write_text(CONFIGURATION.format(services=services))
    with pytest.raises(ConfigurationError) as error:
        load_settings(file)
    assert told in str(error.value)


def test_services_with_a_log_alone_are_shown_after_the_others(tmp_path: Path) -> None:
    file = tmp_path / "ticrypt-tui.toml"
    said = 'units = ["b.service", "a.service"]\nlogs = { "c.service" = "/c", "a.service" = "/a" }'
    file.write_text(CONFIGURATION.format(services=said))
    assert load_settings(file).services.named == ("b.service", "a.service", "c.service")
