from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.real_libvirt import Boot
from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.demo import guest


@pytest.mark.slow(seconds=15)
async def test_the_volume_boots_until_its_agent_answers(boot_guest: Boot) -> None:
    booted = await boot_guest()

    assert await booted.runs()


@pytest.mark.slow(seconds=20)
@pytest.mark.parametrize("way", ["acpi", "agent"])
async def test_the_guest_shuts_itself_down_when_it_is_asked_to(boot_guest: Boot, way: str) -> None:
    booted = await boot_guest()

    await booted.libvirt.ask("shutdown", booted.name, "--mode", way)

    assert await booted.has_ended(180)


@pytest.mark.slow(seconds=15)
async def test_the_guest_restarts_its_controller_when_it_is_asked_to(boot_guest: Boot) -> None:
    booted = await boot_guest()
    asked = {"path": "/bin/controller", "arg": ["restart"]}
    command = json.dumps({"execute": "guest-exec", "arguments": asked})

    answer = await booted.libvirt.ask("qemu-agent-command", booted.name, command)

    assert '"pid"' in answer


async def test_where_a_tool_is_missing_the_reason_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("bash", "realpath", "dirname", "mktemp", "rm", "apt-get", "dpkg"):
        (folder / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setattr("ticrypt_tui.demo.commands._SYSTEM_PATH", str(folder))
    monkeypatch.setenv("PATH", str(folder))

    with pytest.raises(Failed, match="could not be built: busybox is not installed") as caught:
        await guest.build(tmp_path / "volume.qcow2")

    assert "apt" in caught.value.remedy
    assert not list(tmp_path.glob("volume*"))


async def test_where_apt_has_nothing_the_reason_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = tmp_path / "apt.conf"
    nowhere.write_text(
        f'Dir::Etc::SourceList "{tmp_path}/none"; Dir::Etc::SourceParts "{tmp_path}/none.d";\n'
        f'Dir::State::Lists "{tmp_path}/lists"; Dir::Cache "{tmp_path}/cache";\n'
    )
    monkeypatch.setenv("APT_CONFIG", str(nowhere))

    with pytest.raises(Failed, match="apt knows no linux-image-cloud-amd64"):
        await guest.build(tmp_path / "volume.qcow2")


async def test_a_volume_that_takes_too_long_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guest, "SECONDS", 0.05)

    with pytest.raises(Failed, match="was not built in"):
        await guest.build(tmp_path / "volume.qcow2")


def test_the_recipe_changes_with_any_of_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = guest.recipe()
    part = tmp_path / "more"
    part.write_text("one more line")
    monkeypatch.setattr(guest, "_HERE", tmp_path)
    monkeypatch.setattr(guest, "_PARTS", (part,))
    changed = guest.recipe()
    part.write_text("another line")

    assert len({before, changed, guest.recipe()}) == 3


def test_a_path_in_a_domain_is_only_a_path() -> None:
    document = guest.document("tiny", Path("/x'/><evil a='&"), "qemu")

    assert "<evil" not in document
