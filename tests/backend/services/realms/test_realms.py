"""Realms: read-only rows of the configuration file, and its text without secrets."""

from __future__ import annotations

import tomllib

import pytest

from tests.backend.conftest import Opener, add_user
from tests.backend.play import PlayHost
from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.services.realms.realms import MASK, masked


async def test_every_realm_of_the_file_is_a_row(enclave: Enclave, host: PlayHost) -> None:
    lab, attic = (await enclave.listing("realms")).rows
    assert (lab.id, lab.driver, lab.hosts_up, lab.hosts_all) == ("lab", "libvirt", 1, 1)  # type: ignore[attr-defined]
    assert (attic.name, attic.disabled, attic.hosts_all) == ("Attic", True, 0)  # type: ignore[attr-defined]


async def test_vms_are_counted_by_realm(enclave: Enclave, host: PlayHost, config: str) -> None:
    await enclave.run("config.start", {"config": config})
    assert [row.vms for row in (await enclave.listing("realms")).rows] == [1, 0]  # type: ignore[attr-defined]


async def test_the_configuration_is_shown_as_toml_with_its_defaults(enclave: Enclave) -> None:
    text = await enclave.run("realm.view_config", {"realm": "Lab"})
    (realm,) = tomllib.loads(text)["realms"]
    assert (realm["id"], realm["network"], realm["disabled"]) == ("lab", "default", False)
    assert (realm["registration_timeout"], realm["shutdown_timeout"]) == ("5m", "1m")
    assert realm["drives"] == {"min_size": "1 GiB", "max_size": "16 TiB"}
    assert str(enclave.settings.path) in text


async def test_the_configuration_is_a_super_admins_alone(
    enclave: Enclave, open_enclave: Opener
) -> None:
    await add_user(enclave.database, "adam", Role.ADMIN)
    adam = await open_enclave("adam")
    with pytest.raises(Refused, match=r"realm\.view_config needs the role super-admin"):
        await adam.run("realm.view_config", {"realm": "lab"})


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"password": "hunter2"}, {"password": MASK}),
        ({"api_token": "x", "name": "lab"}, {"api_token": MASK, "name": "lab"}),
        ({"account": {"secret": ["a", "b"]}}, {"account": {"secret": [MASK, MASK]}}),
        ({"key": "k", "keyboard": "us"}, {"key": MASK, "keyboard": "us"}),
        ("https://root:hunter2@prism/api", f"https://root:{MASK}@prism/api"),
        ("qemu+ssh://root@node01/system", "qemu+ssh://root@node01/system"),
        ({"password": ""}, {"password": ""}),
    ],
)
def test_secrets_are_masked(value: object, shown: object) -> None:
    assert masked(value) == shown
