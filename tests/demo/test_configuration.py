from __future__ import annotations

from pathlib import Path

import pytest

from ticrypt_tui.config.settings import load_settings
from ticrypt_tui.demo import configuration
from ticrypt_tui.demo.places import Places


def test_what_is_written_is_a_configuration(tmp_path: Path) -> None:
    places = Places(tmp_path)

    settings = load_settings(configuration.write(places, "ticrypt-demo", "qemu"))

    realm, _ = settings.realms
    assert (realm.id, realm.driver, realm.virt_type) == ("local", "libvirt", "qemu")
    assert (realm.network, realm.service_network) == ("ticrypt-demo", "ticrypt-demo")
    assert realm.volumes_pool == places.pool("volumes")
    assert set(realm.drives_pools) == {"flash", "spindle"}
    assert settings.audit.file == places.audit_file


@pytest.mark.parametrize("name", ['with "quotes"', "with\\backslash", "with ümlaut and 漢字"])
def test_any_folder_can_be_written_into_it(tmp_path: Path, name: str) -> None:
    places = Places(tmp_path / name)

    assert load_settings(configuration.write(places, "", "kvm")).audit.file == places.audit_file


def test_writing_again_changes_the_network_and_the_kind_of_qemu_and_keeps_the_rest(
    tmp_path: Path,
) -> None:
    places = Places(tmp_path)
    file = configuration.write(places, "ticrypt-demo", "kvm")
    file.write_text(file.read_text() + '\n[keys]\n"vm.shutdown" = "f9"\n')

    settings = load_settings(configuration.write(places, "", "qemu"))

    assert settings.keys == {"vm.shutdown": "f9"}
    assert (settings.realms[0].network, settings.realms[0].service_network) == ("", "")
    assert settings.realms[0].virt_type == "qemu"


def test_a_demo_that_was_made_without_the_fleet_gets_it_once(tmp_path: Path) -> None:
    places = Places(tmp_path)
    file = configuration.write(places, "", "qemu")
    text = file.read_text()
    file.write_text(text.partition("\n[[realms]]   #")[0] + '\n[keys]\n"vm.shutdown" = "f9"\n')
    assert [realm.id for realm in load_settings(file).realms] == ["local"]

    for _ in range(2):
        settings = load_settings(configuration.write(places, "", "qemu"))

    assert [realm.id for realm in settings.realms] == ["local", "fleet"]
    assert settings.keys == {"vm.shutdown": "f9"}


def test_a_broken_file_is_left_for_its_user_to_mend(tmp_path: Path) -> None:
    places = Places(tmp_path)
    file = configuration.write(places, "", "qemu")
    file.write_text("[[realms")

    assert configuration.write(places, "", "qemu").read_text() == "[[realms"


def test_demos_of_two_folders_share_no_name(tmp_path: Path) -> None:
    one, other = Places(tmp_path / "one"), Places(tmp_path / "other")

    assert one.pool("flash") != other.pool("flash")
    assert one.network != other.network
    assert one.bridge != other.bridge
    assert len(one.bridge) <= 15
