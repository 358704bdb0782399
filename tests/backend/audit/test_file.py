"""The file alone: what it makes of ends that a crash, a person or another program left."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.backend.audit.builders import rows
from ticrypt_tui.backend.audit import file as file_module
from ticrypt_tui.backend.audit.file import AuditFile
from ticrypt_tui.backend.audit.records import Place
from ticrypt_tui.backend.caller import Origin
from ticrypt_tui.backend.errors import AuditUnavailable


@contextmanager
def opened(path: Path) -> Iterator[AuditFile]:
    file = AuditFile(path)
    try:
        yield file
    finally:
        file.close()


def place(path: Path) -> Place:
    with opened(path) as file:
        return file.place


@pytest.fixture
def three(origin: Origin, tmp_path: Path) -> Path:
    """A file of three records."""
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b"".join(row.line for row in rows(origin, 3)))
    return path


def test_a_new_file_ends_before_the_first_record(tmp_path: Path) -> None:
    assert place(tmp_path / "new" / "folder" / "audit.jsonl") == Place()


def test_a_file_ends_with_its_last_record(three: Path, origin: Origin) -> None:
    assert place(three) == Place(3, rows(origin, 3)[2].hash)


@pytest.mark.parametrize("kept", [1, 5, 11, 40, 200])
def test_an_incomplete_last_line_is_cut_off(three: Path, kept: int, origin: Origin) -> None:
    whole = three.read_bytes()
    fourth = rows(origin, 4)[3].line
    three.write_bytes(whole + fourth[:kept])
    assert place(three).seq == 3
    assert three.read_bytes() == whole


def test_a_whole_line_that_lacks_only_its_end_is_cut_off_too(three: Path, origin: Origin) -> None:
    three.write_bytes(three.read_bytes()[:-1])
    assert place(three).seq == 2
    assert three.read_bytes() == b"".join(row.line for row in rows(origin, 2))


def test_zeros_that_a_power_cut_left_are_cut_off(three: Path) -> None:
    whole = three.read_bytes()
    three.write_bytes(whole + b"\0" * 300)
    assert place(three).seq == 3
    assert three.read_bytes() == whole


def test_a_first_line_that_is_incomplete_leaves_an_empty_file(
    tmp_path: Path, origin: Origin
) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_bytes(rows(origin, 1)[0].line[:-1])
    assert place(path) == Place()
    assert path.read_bytes() == b""


@pytest.mark.parametrize(
    "foreign",
    [b"root:x:0:0::/root:/bin/sh\n", b"no end of line", b"\n", b'{"seq":1}\n', b"\x7fELF" * 999],
)
def test_a_file_that_is_something_else_is_refused_and_left_alone(
    tmp_path: Path, foreign: bytes
) -> None:
    path = tmp_path / "other"
    path.write_bytes(foreign)
    with pytest.raises(AuditUnavailable, match="no audit record"):
        place(path)
    assert path.read_bytes() == foreign


def test_lines_longer_than_a_block_are_found(three: Path, origin: Origin) -> None:
    fourth = rows(origin, 4)[3]
    long = fourth.line.replace(b'"reason":""', b'"reason":"' + b"x" * 300_000 + b'"')
    three.write_bytes(three.read_bytes() + long)
    assert place(three).seq == 4


def test_lines_are_added_at_the_end(three: Path, origin: Origin) -> None:
    with opened(three) as file:
        file.add(rows(origin, 4)[3].line)
    assert three.read_bytes() == b"".join(row.line for row in rows(origin, 4))


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_what_is_not_a_regular_file_is_refused(tmp_path: Path, make: type[Path]) -> None:
    path = tmp_path / "thing"
    make(path)
    with pytest.raises(AuditUnavailable, match="cannot be written"):
        AuditFile(path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    with pytest.raises(AuditUnavailable, match=r"plain/audit\.jsonl cannot be written: .*irectory"):
        AuditFile(tmp_path / "plain" / "audit.jsonl")


def test_a_lock_that_nobody_gives_back_ends_in_a_sentence(
    three: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_module, "LOCK_DEADLINE", 0.05)
    with opened(three), pytest.raises(AuditUnavailable, match="another process has kept it locked"):
        AuditFile(three)


def test_descriptors_are_given_back_whatever_happens(
    three: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_module, "LOCK_DEADLINE", 0.01)
    before = len(os.listdir("/proc/self/fd"))
    with opened(three):
        for _ in range(3):
            with pytest.raises(AuditUnavailable):
                AuditFile(three)
    assert len(os.listdir("/proc/self/fd")) == before
