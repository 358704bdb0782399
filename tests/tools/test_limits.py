"""The size limits catch what they are for, and let the house itself pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import limits


def source(tmp_path: Path, text: str, name: str = "ticrypt_tui/room.py") -> limits.Source:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return limits.read(path, tmp_path)


def function_of(lines: int) -> str:
    return "def long() -> None:\n" + "    pass\n" * (lines - 1)


def test_a_file_over_the_limit_is_named_with_its_lines(tmp_path: Path) -> None:
    found = list(limits.too_long(source(tmp_path, "x = 1\n" * 401)))
    assert found == ["ticrypt_tui/room.py: 401 lines, at most 400"]


def test_a_function_over_the_limit_is_named_with_its_place(tmp_path: Path) -> None:
    found = list(limits.too_long(source(tmp_path, "\n" + function_of(51))))
    assert found == ["ticrypt_tui/room.py:2: long has 51 lines, at most 50"]


def test_a_function_at_the_limit_passes(tmp_path: Path) -> None:
    assert not list(limits.too_long(source(tmp_path, function_of(50))))


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    pass\nexcept:\n    pass\n",
        "try:\n    pass\nexcept Exception:\n    pass\n",
        "try:\n    pass\nexcept (OSError, BaseException):\n    pass\n",
        "with contextlib.suppress(Exception):\n    pass\n",
    ],
)
def test_a_handler_for_everything_is_refused(tmp_path: Path, text: str) -> None:
    assert len(list(limits.too_broad(source(tmp_path, text)))) == 1


@pytest.mark.parametrize("boundary", sorted(limits.BOUNDARIES))
def test_the_two_boundaries_may_catch_everything(tmp_path: Path, boundary: str) -> None:
    text = "try:\n    pass\nexcept Exception:\n    pass\n"
    assert not list(limits.too_broad(source(tmp_path, text, boundary)))


def test_a_narrow_handler_passes(tmp_path: Path) -> None:
    text = "try:\n    pass\nexcept OSError:\n    pass\n"
    assert not list(limits.too_broad(source(tmp_path, text)))


def test_medians_count_the_shipped_package_alone(tmp_path: Path) -> None:
    shipped = source(tmp_path, function_of(12))
    beside = source(tmp_path, function_of(2), "tests/test_room.py")
    assert list(limits.too_heavy([shipped, beside])) == [
        "the median function has 12 lines, at most 11"
    ]


def test_a_file_that_names_a_package_index_is_found(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("--" + "index-url somewhere\n")
    found = list(limits.naming_an_index([lock], tmp_path))
    assert found == ["requirements.lock: names a package index (--" + "index-url)"]


def test_the_house_keeps_its_own_limits() -> None:
    assert limits.faults() == []
