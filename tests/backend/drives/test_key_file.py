"""The key file: private, never written over, and silent about why it does not open."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ticrypt_tui.backend.drives import key_file
from ticrypt_tui.backend.drives.identity import Identity
from ticrypt_tui.backend.drives.key_file import KeyRefused, NoKey
from ticrypt_tui.backend.errors import Failed, Refused

PASSPHRASE = "correct horse"
QUICK = 4


@pytest.fixture
def identity() -> Identity:
    return Identity.new()


@pytest.fixture
def file(tmp_path: Path, identity: Identity) -> Path:
    file = tmp_path / "keys" / "identity.age"
    key_file.write_new(file, identity, PASSPHRASE, QUICK)
    return file


def test_a_key_file_opens_with_its_passphrase(file: Path, identity: Identity) -> None:
    assert key_file.read(file, PASSPHRASE).public == identity.public


def test_a_new_key_file_takes_a_second_to_open(tmp_path: Path, identity: Identity) -> None:
    file = tmp_path / "identity.age"
    key_file.write_new(file, identity, PASSPHRASE)

    assert file.read_bytes().splitlines()[1].endswith(b" 18")


def test_the_file_is_for_its_owner_alone(file: Path) -> None:
    for each in (file, file.with_suffix(".pub")):
        assert stat.S_IMODE(each.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_key_file_that_others_may_read_is_refused(file: Path) -> None:
    file.chmod(0o640)

    with pytest.raises(KeyRefused, match="others may read"):
        key_file.read(file, PASSPHRASE)


def test_there_is_nothing_of_the_key_in_the_clear(file: Path, identity: Identity) -> None:
    seed, kept = bytes(identity._seed), file.read_bytes() + file.with_suffix(".pub").read_bytes()

    assert seed not in kept
    assert b"AGE-SECRET-KEY" not in kept


def test_a_wrong_passphrase_and_a_damaged_file_say_the_same(file: Path) -> None:
    with pytest.raises(KeyRefused) as wrong:
        key_file.read(file, "correct horsf")
    damaged = bytearray(file.read_bytes())
    damaged[-1] ^= 1
    file.write_bytes(damaged)

    with pytest.raises(KeyRefused) as broken:
        key_file.read(file, PASSPHRASE)

    assert str(wrong.value) == str(broken.value)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_flipped_bit_of_a_key_file_refuses(file: Path, data: st.DataObject) -> None:
    kept = file.read_bytes()
    at = data.draw(st.integers(0, 8 * len(kept) - 1))
    changed = bytearray(kept)
    changed[at // 8] ^= 1 << at % 8
    broken = file.with_name("broken.age")
    broken.write_bytes(changed)
    broken.chmod(0o600)

    with pytest.raises(KeyRefused, match="the passphrase is wrong, or the file is damaged"):
        key_file.read(broken, PASSPHRASE)


def test_a_work_factor_that_would_take_minutes_is_refused_at_once(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b" 4\n", b" 30\n", 1))

    with pytest.raises(KeyRefused):
        key_file.read(file, PASSPHRASE)


def test_a_key_file_is_never_written_over(file: Path, identity: Identity) -> None:
    kept = file.read_bytes()

    with pytest.raises(Refused, match="never written over"):
        key_file.write_new(file, Identity.new(), PASSPHRASE, QUICK)

    assert file.read_bytes() == kept
    assert key_file.public_of(file) == identity.public


def test_where_there_is_none_it_says_how_to_make_one(tmp_path: Path) -> None:
    for use in (key_file.public_of, lambda file: key_file.read(file, PASSPHRASE)):
        with pytest.raises(NoKey, match="ticrypt-tui keys new"):
            use(tmp_path / "identity.age")


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, identity: Identity) -> None:
    (tmp_path / "keys").write_text("a file")

    with pytest.raises(Failed, match="cannot be written"):
        key_file.write_new(tmp_path / "keys" / "identity.age", identity, PASSPHRASE, QUICK)


def test_a_public_half_that_is_lost_is_written_anew_when_the_key_opens(
    file: Path, identity: Identity
) -> None:
    file.with_suffix(".pub").unlink()
    with pytest.raises(KeyRefused, match="cannot be read"):
        key_file.public_of(file)

    key_file.read(file, PASSPHRASE)

    assert key_file.public_of(file) == identity.public


def test_a_swapped_public_half_is_refused(file: Path) -> None:
    file.with_suffix(".pub").write_text(Identity.new().public.written)

    with pytest.raises(KeyRefused, match="not the public half of your key"):
        key_file.read(file, PASSPHRASE)
