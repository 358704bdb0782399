from __future__ import annotations

from pathlib import Path

import pytest

from ticrypt_tui.config.settings import load_settings
from ticrypt_tui.demo import configuration
from ticrypt_tui.demo.places import Places


def test_what_is_written_is_a_configuration(tmp_path: Path) -> None:
    places = Places(tmp_path)

    settings = load_settings(configuration.write(places, "ticrypt-demo", "qemu"))

    (realm,) = settings.realms
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


def test_demos_of_two_folders_share_no_name(tmp_path: Path) -> None:
    one, other = Places(tmp_path / "one"), Places(tmp_path / "other")

    assert one.pool("flash") != other.pool("flash")
    assert one.network != other.network
    assert one.bridge != other.bridge
    assert len(one.bridge) <= 15
