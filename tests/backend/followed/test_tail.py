"""A followed file loses no line and invents none, whatever happens to it between two looks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.backend.followed.looking import append, as_nobody, looked
from ticrypt_tui.backend.followed import tail as tails
from ticrypt_tui.backend.followed.tail import Tail


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.log"


@pytest.fixture
def tail(path: Path) -> Iterator[Tail]:
    followed = Tail(str(path))
    yield followed
    followed.close()


def test_a_file_is_read_from_its_end_on(path: Path, tail: Tail) -> None:
    path.write_bytes(b"one\n")
    assert looked(tail) == [b"one\n"]
    append(path, b"two\n")
    assert looked(tail) == [b"two\n"]
    assert looked(tail) == []


def test_it_says_how_big_the_file_is_and_when_it_was_written_to(path: Path, tail: Tail) -> None:
    path.write_bytes(b"one\n")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    reading = tail.look()
    assert reading.size == 4
    assert reading.written is not None
    assert reading.written.timestamp() == 1_000_000_000


# Rotation by rename


def test_after_a_rotation_the_old_file_is_read_to_its_end_first(path: Path, tail: Tail) -> None:
    path.write_bytes(b"one\n")
    looked(tail)
    append(path, b"last of the old\n")
    path.rename(f"{path}.1")
    path.write_bytes(b"first of the new\n")
    assert looked(tail) == [
        b"last of the old\n", "rotated: a new file is in its place", b"first of the new\n",
    ]  # fmt: skip


def test_what_is_written_to_the_old_file_until_its_writer_has_opened_the_new_is_read(
    path: Path, tail: Tail
) -> None:
    path.write_bytes(b"one\n")
    looked(tail)
    old = path.rename(f"{path}.1")
    path.touch()
    assert looked(tail) == []
    append(old, b"late\n")
    assert looked(tail) == [b"late\n"]
    append(path, b"new\n")
    assert looked(tail)[-1] == b"new\n"


def test_an_old_file_that_is_written_to_for_ever_does_not_hide_the_new(
    path: Path, tail: Tail, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_bytes(b"one\n")
    looked(tail)
    old = path.rename(f"{path}.1")
    path.write_bytes(b"new\n")
    append(old, b"late\n")
    assert tail.look().data == b"late\n"
    monkeypatch.setattr(tails, "GRACE", 0)
    append(old, b"later\n")
    assert looked(tail)[-1] == b"new\n"


def test_several_rotations_are_followed_one_after_the_other(path: Path, tail: Tail) -> None:
    for number in range(5):
        path.write_bytes(b"line %d\n" % number)
        assert looked(tail)[-1] == b"line %d\n" % number
        path.rename(f"{path}.{number}")


# Cut short


def test_a_file_that_was_cut_is_read_from_its_start(path: Path, tail: Tail) -> None:
    path.write_bytes(b"a long first line\n")
    looked(tail)
    os.truncate(path, 0)
    append(path, b"new\n")
    assert looked(tail) == ["cut short", b"new\n"]


def test_a_file_that_was_cut_and_has_outgrown_its_old_size_is_found_out(
    path: Path, tail: Tail
) -> None:
    path.write_bytes(b"first line\n")
    looked(tail)
    os.truncate(path, 0)
    append(path, b"another first line, and many more after it\n")
    assert looked(tail) == ["cut short", b"another first line, and many more after it\n"]


def test_copytruncate_copies_and_cuts_without_a_line_lost_or_twice(path: Path, tail: Tail) -> None:
    path.write_bytes(b"one\n")
    looked(tail)
    append(path, b"two\n")
    assert looked(tail) == [b"two\n"]
    Path(f"{path}.1").write_bytes(path.read_bytes())
    os.truncate(path, 0)
    append(path, b"three\n")
    assert looked(tail) == ["cut short", b"three\n"]


def test_the_hole_that_a_writer_leaves_who_keeps_his_place_is_passed_over(
    path: Path, tail: Tail
) -> None:
    with path.open("wb", buffering=0) as writer:
        writer.write(b"x" * (1 << 20))
        looked(tail)
        os.truncate(path, 0)
        writer.write(b"\nnew\n")
    assert looked(tail)[0] == "cut short"
    assert path.stat().st_size > 1 << 20
    append(path, b"next\n")
    assert looked(tail) == [b"next\n"]


# What is not there, or not a file


def test_a_file_that_comes_later_is_read_from_its_start(path: Path, tail: Tail) -> None:
    assert tail.look().fault == f"There is no {path}: nothing was written yet, or it was removed."
    path.write_bytes(b"first\n")
    assert looked(tail) == ["there now", b"first\n"]


def test_a_folder_that_comes_later_with_the_file_in_it_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "new" / "audit.log"
    with closing(Tail(str(path))) as tail:
        assert "There is no" in tail.look().fault
        path.parent.mkdir()
        path.write_bytes(b"first\n")
        assert looked(tail) == ["there now", b"first\n"]


def test_a_removed_file_is_read_to_its_end_and_its_name_is_waited_for(
    path: Path, tail: Tail
) -> None:
    path.write_bytes(b"one\n")
    with path.open("ab", buffering=0) as writer:
        looked(tail)
        path.unlink()
        writer.write(b"after its removal\n")
        reading = tail.look()
        assert reading.data == b"after its removal\n"
        assert "There is no" in reading.fault
    path.write_bytes(b"new\n")
    assert looked(tail) == ["rotated: a new file is in its place", b"new\n"]
    assert tail.look().fault == ""


def test_another_file_behind_the_symlink_takes_over(tmp_path: Path, path: Path, tail: Tail) -> None:
    for name in ("monday", "tuesday"):
        (tmp_path / name).write_bytes(f"{name}\n".encode())
    path.symlink_to("monday")
    assert looked(tail) == [b"monday\n"]
    path.unlink()
    path.symlink_to("tuesday")
    assert looked(tail) == ["rotated: a new file is in its place", b"tuesday\n"]


def test_a_symlink_that_leads_nowhere_is_waited_for(tmp_path: Path, path: Path, tail: Tail) -> None:
    path.symlink_to("later")
    assert "There is no" in tail.look().fault
    (tmp_path / "later").write_bytes(b"first\n")
    assert looked(tail) == ["there now", b"first\n"]


def test_symlinks_in_a_circle_are_told(path: Path, tail: Tail) -> None:
    path.symlink_to(path.name)
    assert "Too many levels of symbolic links" in tail.look().fault


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_file_is_told_and_not_waited_on(
    path: Path, make: Callable[[Path], None], tail: Tail
) -> None:
    make(path)
    assert tail.look().fault == f"{path} is not a file."


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_the_old_file_is_still_read_while_something_else_has_its_name(
    path: Path, make: Callable[[Path], None], tail: Tail
) -> None:
    path.write_bytes(b"one\n")
    looked(tail)
    old = path.rename(f"{path}.1")
    make(path)
    append(old, b"two\n")
    reading = tail.look()
    assert (reading.data, reading.fault) == (b"two\n", f"{path} is not a file.")


def test_a_file_that_the_user_may_not_read_is_told_with_what_would_help(
    tmp_path: Path, path: Path, tail: Tail
) -> None:
    path.write_bytes(b"secret\n")
    path.chmod(0o600)
    with as_nobody(tmp_path):
        fault = tail.look().fault
    assert fault == f"This user may not read {path}. Grant it by the file's group, or by an ACL."


def test_a_file_that_the_user_may_read_by_now_is_read_from_its_start(
    tmp_path: Path, path: Path, tail: Tail
) -> None:
    path.write_bytes(b"one\n")
    path.chmod(0o600)
    with as_nobody(tmp_path):
        assert "may not read" in tail.look().fault
    assert looked(tail) == ["there now", b"one\n"]


def test_a_disk_that_fails_is_told_and_asked_again() -> None:
    with closing(Tail("/proc/self/mem")) as tail:  # a file whose every first read fails with EIO
        for _ in range(2):
            assert tail.look().fault == "/proc/self/mem cannot be read: Input/output error."


# Where it begins, and how much it reads


def test_a_long_file_is_read_from_the_first_line_in_its_last_mebibyte(
    path: Path, tail: Tail
) -> None:
    path.write_bytes(b"".join(b"line %06d\n" % number for number in range(200_000)))
    found = b"".join(each for each in looked(tail) if isinstance(each, bytes))
    assert found.endswith(b"line 199999\n")
    assert len(found) <= 1 << 20
    assert (1 << 20) - len(found) < len(b"line 000000\n")
    assert found.startswith(b"line ")


def test_a_reader_that_is_left_far_behind_goes_near_the_end_and_says_what_it_left_out(
    path: Path,
) -> None:
    path.write_bytes(b"start\n")
    with closing(Tail(str(path), size=100, most=1000)) as tail:
        looked(tail)
        append(path, b"line 0000\n" * 300)
        left_out = "2,900 bytes were left out: search the file for them"
        assert looked(tail) == [left_out, b"line 0000\n" * 10]


def test_a_reader_goes_on_where_another_one_had_to_leave_off(path: Path, tail: Tail) -> None:
    path.write_bytes(b"one\n")
    looked(tail)
    append(path, b"two\n")
    with closing(Tail(str(path), after=tail.place)) as other:
        assert looked(other) == [b"two\n"]


def test_a_reader_that_goes_on_finds_the_file_replaced_meanwhile(path: Path, tail: Tail) -> None:
    path.write_bytes(b"one\n")
    looked(tail)
    path.rename(f"{path}.1")
    path.write_bytes(b"new\n")
    with closing(Tail(str(path), after=tail.place)) as other:
        assert looked(other) == ["replaced by another file", b"new\n"]


def test_lines_of_any_bytes_come_as_they_are(path: Path, tail: Tail) -> None:
    data = b"\x00NUL\n\xff\xfe\n" + b"x" * 10_000_000 + b"\n\x1b[31m\r\n"
    path.write_bytes(b"")
    looked(tail)
    append(path, data)
    assert b"".join(each for each in looked(tail) if isinstance(each, bytes)) == data


STEPS = st.lists(
    st.one_of(
        st.binary(min_size=1, max_size=200).map(lambda data: ("write", data)),
        st.sampled_from([("look", b""), ("rotate", b""), ("cut", b"")]),
    ),
    max_size=30,
)


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_whatever_is_written_between_rotations_comes_once_and_in_order(
    steps: list[tuple[str, bytes]],
) -> None:
    with TemporaryDirectory() as folder, closing(Tail(f"{folder}/audit.log")) as tail:
        path, written, found = Path(folder, "audit.log"), b"", b""
        path.touch()
        for number, (step, data) in enumerate([*steps, ("look", b"")]):
            if step == "write":
                append(path, data)
                written += data
            else:  # a file that is rotated twice, or cut, between two looks is gone
                found += b"".join(each for each in looked(tail) if isinstance(each, bytes))
            if step == "rotate":
                path.rename(f"{path}.{number}")
                path.touch()
            elif step == "cut":
                os.truncate(path, 0)
                looked(tail)
        assert found == written
