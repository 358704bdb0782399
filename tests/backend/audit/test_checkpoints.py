"""Checkpoints are C2SP's, stand one after the other in their file, and survive a crash."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest

from ticrypt_tui.backend.audit.checkpoints import (
    Checkpoint,
    last_checkpoint,
    next_checkpoint,
    read_checkpoints,
)
from ticrypt_tui.backend.audit.merkle import Tree
from ticrypt_tui.backend.audit.note import PrivateKey

KEY = PrivateKey.new("ticrypt-tui/console-1")
TREES = [Tree().grown([hashlib.sha256(bytes([n])).digest() for n in range(n)]) for n in range(1, 9)]
CHECKPOINTS = [Checkpoint.of(tree, KEY) for tree in TREES]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "state" / "audit.checkpoints"
    with next_checkpoint(path) as writer:
        for checkpoint in CHECKPOINTS[:3]:
            writer.add(checkpoint)
    return path


def test_its_text_is_origin_size_and_root() -> None:
    origin, size, root, *_ = CHECKPOINTS[2].note.splitlines()
    assert (origin, size, len(root)) == ("ticrypt-tui/console-1", "3", 44)
    assert KEY.public.text_of(CHECKPOINTS[2].note) == f"{origin}\n{size}\n{root}\n"


def test_it_is_read_as_it_was_made() -> None:
    assert Checkpoint.read(CHECKPOINTS[4].note) == CHECKPOINTS[4]
    assert CHECKPOINTS[4].signed_by(KEY.public)


def test_a_note_of_the_same_key_about_another_log_is_not_this_logs() -> None:
    other = KEY.signed(
        CHECKPOINTS[4].note.partition("\n\n")[0].replace("console-1", "other") + "\n"
    )
    assert not Checkpoint.read(other).signed_by(KEY.public)


@pytest.mark.parametrize("note", ["", "a\nb\nc\n\n— a b\n", "a\n7\nAAAA\n\n— a b\n", "a\n7\n"])
def test_what_is_no_checkpoint_is_refused(note: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Checkpoint.read(note)


def test_the_file_has_them_in_order(file: Path) -> None:
    assert read_checkpoints(file) == CHECKPOINTS[:3]
    assert last_checkpoint(file) == CHECKPOINTS[2]


def test_other_accounts_read_them_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        with next_checkpoint(tmp_path / "checkpoints") as writer:
            writer.add(CHECKPOINTS[0])
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "checkpoints").stat().st_mode) == 0o644


def test_where_there_is_no_file_there_is_no_checkpoint(tmp_path: Path) -> None:
    assert read_checkpoints(tmp_path / "none") == []
    assert last_checkpoint(tmp_path / "none") is None


@pytest.mark.parametrize("left", [1, 20, 100, 190])
def test_what_a_crash_left_is_passed_over_and_then_cut_off(file: Path, left: int) -> None:
    with file.open("ab") as out:
        out.write(f"{CHECKPOINTS[3].note}\n".encode()[:-left])
    assert read_checkpoints(file) == CHECKPOINTS[:3]
    assert last_checkpoint(file) == CHECKPOINTS[2]
    with next_checkpoint(file) as writer:
        writer.add(CHECKPOINTS[3])
    assert read_checkpoints(file) == CHECKPOINTS[:4]


def test_the_last_of_very_many_is_found_at_the_end_alone(file: Path) -> None:
    with next_checkpoint(file) as writer:
        for _ in range(40):
            writer.add(CHECKPOINTS[5])
        writer.add(CHECKPOINTS[6])
        assert writer.last == CHECKPOINTS[6]
    assert len(read_checkpoints(file)) == 44
