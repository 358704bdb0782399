"""Hardware profiles: what they hold, who may not be left short, and what the file declares."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.backend.conftest import CONFIGURATION, Opener
from tests.backend.play import PlayHost, domain
from ticrypt_tui.backend.caller import Origin
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Changed, Refused, WrongUse
from ticrypt_tui.backend.founding import found
from ticrypt_tui.config.settings import Settings, load_settings

LAB = {"realm": "lab"}
PROFILE = {**LAB, "name": "half", "cores": "32", "memory": "64 GiB"}
CARDS = "A100@42:00.0,A100@0000:41:00.0"


async def only(enclave: Enclave) -> Any:
    (row,) = (await enclave.listing("profiles")).rows
    return row


async def test_devices_are_kept_by_kind_and_address(enclave: Enclave) -> None:
    await enclave.run("profile.create", {**PROFILE, "devices": CARDS})
    assert [str(each) for each in (await only(enclave)).devices] == [
        "A100@0000:41:00.0", "A100@0000:42:00.0"
    ]  # fmt: skip


async def test_an_edit_changes_what_it_is_given_and_nothing_else(enclave: Enclave) -> None:
    await enclave.run("profile.create", {**PROFILE, "devices": CARDS})
    await enclave.run("profile.edit", {"profile": "half", "cores": 48, "memory": "96 GiB"})
    row = await only(enclave)
    assert (row.name, row.cores, row.memory_mib, len(row.devices)) == ("half", 48, 98304, 2)


async def test_devices_are_taken_away_by_an_empty_value(enclave: Enclave) -> None:
    await enclave.run("profile.create", {**PROFILE, "devices": CARDS})
    await enclave.run("profile.edit", {"profile": "half", "devices": ""})
    assert (await only(enclave)).devices == ()


async def test_a_change_of_devices_alone_is_a_change_that_others_are_told_of(
    enclave: Enclave, open_enclave: Opener
) -> None:
    await enclave.run("profile.create", PROFILE)
    read = await only(enclave)
    other = await open_enclave()
    await other.run("profile.edit", {"profile": "half", "devices": CARDS})
    wanted = {"profile": read.id, "cores": 2, "version": read.version}
    with pytest.raises(Changed):
        await enclave.run("profile.edit", wanted)


async def test_a_profile_that_a_host_uses_is_not_deleted_and_the_host_is_named(
    enclave: Enclave,
) -> None:
    await enclave.run("profile.create", PROFILE)
    uri = {"name": "node01", "uri": "play://node01"}
    await enclave.run("host.create", {**LAB, **uri, "profile": "half"})
    assert enclave.why_not("profile.delete", await only(enclave)) == "1 host uses it: node01."
    with pytest.raises(Refused, match="1 host uses it: node01"):
        await enclave.run("profile.delete", {"profile": "half"})


async def test_a_profile_that_no_host_uses_is_deleted(enclave: Enclave) -> None:
    await enclave.run("profile.create", {**PROFILE, "devices": CARDS})
    await enclave.run("profile.delete", {"profile": "half"})
    assert (await enclave.listing("profiles")).rows == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"memory": "100 MiB"}, "on node01 192 MiB are used, 100 are too few"),
        ({"cores": 0}, "cores must be at least 1, not 0."),
        ({"name": "other"}, "Realm Lab has a profile with the name other already."),
        ({"devices": "A100"}, "a device such as A100@0000:41:00.0"),
        ({"cost": "cheap"}, "Expected a curve (constant, linear, step, exponential), not cheap."),
        ({"cost": "linear(gpu)"}, "gpu"),
    ],
)
async def test_an_edit_that_does_not_fit_is_refused(
    enclave: Enclave, host: PlayHost, config: str, changes: dict[str, Any], sentence: str
) -> None:
    await enclave.run("profile.create", PROFILE)
    await enclave.run("profile.create", {**PROFILE, "name": "other"})
    await enclave.run("host.edit", {"host": "node01", "profile": "half"})
    await enclave.run("config.start", {"config": config})
    with pytest.raises((Refused, WrongUse)) as refusal:
        await enclave.run("profile.edit", {"profile": "half", **changes})
    assert sentence in str(refusal.value)


async def test_a_profile_never_loses_a_device_that_a_vm_has(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    """Whatever is made of the others, and whatever kind it is called."""
    await enclave.run("profile.edit", {"profile": "of node01", "devices": CARDS})
    await enclave.run("setup.edit", {"setup": "tiny", "devices": "A100:1"})
    await enclave.run("config.start", {"config": config})
    with pytest.raises(Refused, match=r"on node01 tiny has the device 0000:41:00\.0"):
        await enclave.run("profile.edit", {"profile": "of node01", "devices": ""})
    with pytest.raises(Refused, match=r"on node01 tiny has the device 0000:41:00\.0"):
        await enclave.run("host.edit", {"host": "node01", "profile": await bare(enclave)})
    kept = {"profile": "of node01", "devices": "H100@0000:41:00.0"}
    await enclave.run("profile.edit", kept)


async def bare(enclave: Enclave) -> str:
    await enclave.run("profile.create", PROFILE)
    return "half"


async def test_what_a_stranger_holds_beside_the_profile_does_not_keep_it_from_changing(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    host.show(replace(domain("a stranger"), devices=("0000:07:00.0",)))
    enclave.watch.refresh()

    async def shown() -> bool:
        return any(each.domains for each in enclave.sightings().values())

    assert await enclave.until(shown, 60)
    await enclave.run("profile.edit", {"profile": "of node01", "cores": 32})


# Those of the configuration file


def with_profiles(folder: Path, *profiles: str) -> Settings:
    """The settings with these profiles in the first realm."""
    file = folder / "ticrypt-tui.toml"
    lines = f'virt_type = "qemu"\nprofiles = [{", ".join(profiles)}]'
    written = CONFIGURATION.format(folder=folder).replace('virt_type = "qemu"', lines)
    file.write_text(written)
    return load_settings(file)


async def rows(settings: Settings, origin: Origin) -> dict[str, Any]:
    """The profiles, as a console shows them that opens with these settings."""
    enclave = await Enclave.open(settings, origin=origin)
    try:
        return {row.name: row for row in (await enclave.listing("profiles")).rows}
    finally:
        await enclave.close()


SMALL = '{ name = "small", cores = 8, memory = "32 GiB", devices = ["A100@41:00.0"] }'


async def test_a_declared_profile_is_a_row_that_nobody_can_change(
    tmp_path: Path, origin: Origin
) -> None:
    settings = with_profiles(tmp_path, SMALL)
    await found(settings, origin)
    enclave = await Enclave.open(settings, origin=origin)
    try:
        row = await only(enclave)
        assert (row.name, row.cores, row.memory_mib, row.declared) == ("small", 8, 32768, True)
        assert [str(each) for each in row.devices] == ["A100@0000:41:00.0"]
        for operation in ("profile.edit", "profile.delete"):
            with pytest.raises(Refused, match="The configuration file declares it"):
                await enclave.run(operation, {"profile": "small"})
        recorded = [each for each in await enclave.records() if each.operation == "profile.create"]
        assert [each.reason for each in recorded] == [f"declared in {settings.path}"]
    finally:
        await enclave.close()


async def test_the_rows_follow_the_file(tmp_path: Path, origin: Origin) -> None:
    settings = with_profiles(tmp_path, SMALL)
    await found(settings, origin)
    before = await rows(settings, origin)
    larger = SMALL.replace("cores = 8", "cores = 16")
    after = await rows(with_profiles(tmp_path, larger), origin)
    assert (before["small"].cores, after["small"].cores) == (8, 16)
    assert before["small"].id == after["small"].id
    assert await rows(with_profiles(tmp_path), origin) == {}


async def test_a_file_that_says_what_is_so_writes_nothing(tmp_path: Path, origin: Origin) -> None:
    settings = with_profiles(tmp_path, SMALL)
    await found(settings, origin)
    before = await rows(settings, origin)
    after = await rows(settings, origin)
    assert before["small"].version == after["small"].version


async def test_a_profile_that_is_in_use_stays_when_the_file_leaves_it_out(
    tmp_path: Path, origin: Origin
) -> None:
    settings = with_profiles(tmp_path, SMALL)
    await found(settings, origin)
    enclave = await Enclave.open(settings, origin=origin)
    off = {**LAB, "name": "node01", "uri": "qemu:///system", "state": "disabled"}
    await enclave.run("host.create", {**off, "profile": "small"})
    await enclave.close()
    left = await rows(with_profiles(tmp_path), origin)
    assert not left["small"].declared
