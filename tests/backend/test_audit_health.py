"""An open console signs what it found good, says who could forge that, and sees what was undone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.backend.conftest import CONFIGURATION, Opener
from ticrypt_tui.backend.audit.checkpoints import read_checkpoints
from ticrypt_tui.backend.audit.keys import public_file
from ticrypt_tui.backend.audit.parts import parts
from ticrypt_tui.backend.caller import Origin
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Failed, Refused
from ticrypt_tui.backend.founding import found
from ticrypt_tui.config.settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An enclave with checkpoints, which do not wait for a minute."""
    file = tmp_path / "ticrypt-tui.toml"
    key = f'checkpoint_key = "{tmp_path}/etc/checkpoint.key"'
    keyed = f"[audit]\ncheckpoint_records = 1\n{key}\n"
    file.write_text(CONFIGURATION.format(folder=tmp_path).replace("[audit]\n", keyed))
    return load_settings(file)


async def says(enclave: Enclave, which: str, holds: Callable[[str], bool]) -> str:
    async def it() -> bool:
        return holds(getattr(enclave.status.proof, which))

    assert await enclave.until(it, 60), enclave.status.proof
    return str(getattr(enclave.status.proof, which))


async def test_a_console_that_reads_the_key_signs_and_says_that_it_could_forge(
    enclave: Enclave, tmp_path: Path
) -> None:
    await enclave.run("team.create", {"name": "ops"})
    await says(enclave, "signed", lambda it: it == "signed to 3 by ticrypt-tui/console-1")
    (*_, last) = read_checkpoints(tmp_path / "data" / "audit.checkpoints")
    assert last.size == 3
    assert enclave.status.proof.forgeable == "mara reads the key and could forge them"
    assert enclave.status.proof.verified.startswith("verified to 3 at ")
    assert enclave.status.proof.second_sink == "second sink ok"
    assert enclave.status.proof.latency is not None


async def test_a_console_without_the_key_verifies_and_could_not_forge(
    open_enclave: Opener, settings: Settings
) -> None:
    first = await open_enclave()
    await says(first, "signed", lambda it: it.startswith("signed to"))
    assert settings.audit.checkpoint_key
    await first.close()
    settings.audit.checkpoint_key.unlink()
    second = await open_enclave()
    await says(second, "signed", lambda it: it.startswith("signed to"))
    assert second.status.proof.forgeable == ""


async def test_checkpoints_that_were_taken_away_are_an_alarm(
    enclave: Enclave, tmp_path: Path
) -> None:
    await says(enclave, "signed", lambda it: it.startswith("signed to"))
    (tmp_path / "data" / "audit.checkpoints").unlink()
    with pytest.raises(Failed, match="Checkpoints were taken away"):
        await enclave.run("audit.verify", {})
    assert "Checkpoints were taken away" in enclave.status.proof.alarm


async def test_a_key_that_is_not_that_of_its_public_half_is_an_alarm(
    open_enclave: Opener, settings: Settings
) -> None:
    assert settings.audit.checkpoint_key
    public_file(settings.audit.checkpoint_key).write_text("no key\n")
    enclave = await open_enclave()
    await says(enclave, "alarm", lambda it: "checkpoint.key.pub cannot be read" in it)


async def test_without_a_key_it_says_that_nothing_is_signed(
    open_enclave: Opener, settings: Settings
) -> None:
    plain = settings.audit.model_copy(update={"checkpoint_key": None})
    enclave = await open_enclave(audit=plain)
    assert enclave.status.proof.signed == "no checkpoints ([audit] checkpoint_key)"
    assert enclave.status.proof.alarm == ""


async def test_a_file_is_rotated_only_by_who_can_sign_what_is_in_it(
    open_enclave: Opener, settings: Settings
) -> None:
    enclave = await open_enclave()
    await enclave.run("audit.rotate", {})
    assert settings.audit.checkpoint_key
    settings.audit.checkpoint_key.unlink()
    with pytest.raises(Refused, match="cannot read the key of the checkpoints"):
        await enclave.run("audit.rotate", {})


async def test_an_open_console_keeps_the_file_within_its_bounds(
    open_enclave: Opener, settings: Settings
) -> None:
    enclave = await open_enclave(audit=settings.audit.model_copy(update={"rotate_size": 1}))

    async def rotated() -> bool:
        return len(parts(settings.audit.file)) > 1

    assert await enclave.until(rotated, 60)
    assert (await enclave.run("audit.verify", {})).ok
    assert enclave.status.proof.alarm == ""


async def test_founding_makes_the_key_once_and_says_whose_it_should_be(
    settings: Settings, origin: Origin
) -> None:
    said = await found(settings, origin)
    assert settings.audit.checkpoint_key
    key = settings.audit.checkpoint_key
    assert f"made the checkpoint key {key}: let the account of the sync service alone" in said[-2]
    assert key.stat().st_mode & 0o777 == 0o400
    assert public_file(key).read_text().startswith("ticrypt-tui/console-1+")
    assert len(await found(settings, origin)) == 1
