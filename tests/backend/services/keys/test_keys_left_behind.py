"""Keys reach no log, error, audit record, argument, variable, or file: looked for after a run."""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path

import pytest

from tests.backend import canary, play_luks
from tests.backend.conftest import Opener, add_user, host_of
from tests.backend.play import PlayHost
from tests.backend.services.drive_play import PASSPHRASE, console_with_key, drive_of
from tests.backend.services.launches import start
from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.drives import rotation
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.backend.services.keys.drive_keys import open_drive

pytestmark = pytest.mark.usefixtures("config", "genome")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Temporary files are in the test's folder, and key slots are as played volumes have them."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr(rotation, "key_slots", play_luks)


@pytest.mark.parametrize("secret", [b"s3cr/t+" * 5, bytes(range(7, 39))])
def test_what_is_looked_for_would_be_found(tmp_path: Path, secret: bytes) -> None:
    for number, form in enumerate(canary.written(secret)):
        (tmp_path / str(number)).write_bytes(b'{"said": "' + form + b'"}')
    (tmp_path / "clean").write_bytes(b"nothing of it")
    found = canary.traces([secret], tmp_path)
    assert sorted(found) == sorted(str(tmp_path / str(each)) for each in range(number + 1))


async def test_no_key_is_in_anything_that_a_run_leaves_behind(
    enclave: Enclave, flash: PlayHost, open_enclave: Opener, tmp_path: Path,
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Made, shared, used, and taken back in either way; and what was refused meanwhile."""
    caplog.set_level(logging.DEBUG)
    await add_user(enclave.database, "bora", Role.USER)
    bora = await console_with_key(open_enclave, "bora")
    his = host_of(bora)
    his.disks, his.contents, his.stores = flash.disks, flash.contents, flash.stores
    secrets = [PASSPHRASE.encode()]
    for console in (enclave, bora):
        secrets += canary.of_identity(console.keys.identity())
    said = [str(await _refused(bora, "drive.share", drive="genome", user="bora"))]
    for how in ("rotate", "reencrypt"):
        secrets += await _passphrase(enclave)
        said.append(await enclave.run("drive.share", {"drive": "genome", "user": "bora"}))
        said += await _used(enclave, flash)
        taken = {"drive": "genome", "user": "bora", "how": how}
        said.append(await enclave.run("drive.unshare", taken))
    secrets += await _passphrase(enclave)
    flash.start_fails = "QEMU did not come up."
    said += [repr(await _refused(enclave, "config.start", config="tiny"))]
    said += [repr(await drive_of(enclave)), repr(flash.wanted), repr(vars(enclave.keys))]
    said += [caplog.text, *capfd.readouterr(), str(os.environ)]
    (tmp_path / "said").write_text("\n".join(said))
    (tmp_path / "arguments").write_bytes(Path("/proc/self/cmdline").read_bytes())
    assert len(set(secrets)) == 1 + 2 * 2 + 3 * 2
    assert "QEMU did not come up" in (tmp_path / "said").read_text()
    assert canary.traces(secrets, tmp_path) == []


async def _used(enclave: Enclave, host: PlayHost) -> list[str]:
    """Start a VM with the drive, and end it; what was said."""
    await enclave.run("config.edit", {"config": "tiny", "drives": ["genome"]})
    vm_id = await start(enclave)
    open_now = await _refused(enclave, "drive.unshare", drive="genome", user="bora")
    await enclave.run("vm.shutdown", {"vm": vm_id, "force": True})
    assert await enclave.until(lambda: _detached(enclave), 60)
    return [str(open_now), repr(host.wanted[-1])]


async def _detached(enclave: Enclave) -> bool:
    return (await drive_of(enclave)).state == "detached"


async def _passphrase(enclave: Enclave) -> list[bytes]:
    """What opens the drive now."""
    _, secret = await open_drive(enclave, (await drive_of(enclave)).id)
    return canary.of_drive(bytes(secret.passphrase))


async def _refused(enclave: Enclave, operation: str, **arguments: str) -> TicryptError:
    with pytest.raises(TicryptError) as refusal:
        await enclave.run(operation, arguments)
    return refusal.value
