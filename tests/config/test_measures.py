from datetime import timedelta

import pytest

from ticrypt_tui.config.measures import (
    duration,
    duration_or_off,
    size,
    size_or_off,
    written_duration,
    written_size,
)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("5m", 300), ("1h30m", 5400), ("2d", 172_800)]
)
def test_a_duration_is_numbers_with_units(text: str, seconds: int) -> None:
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "5", "5x", "-5m", "0s", "m5", 300, None, "9999999999999d"])
def test_what_is_no_duration_above_zero_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="duration"):
        duration(text)


def test_off_is_no_duration_at_all() -> None:
    assert duration_or_off("off") is None


@pytest.mark.parametrize(
    ("text", "bytes_"), [("1 GiB", 2**30), ("512MiB", 2**29), ("1.5 TiB", 3 * 2**39), ("7 B", 7)]
)
def test_a_size_is_a_number_with_a_binary_unit(text: str, bytes_: int) -> None:
    assert size(text) == bytes_


@pytest.mark.parametrize("text", ["", "1", "1 GB", "0 GiB", "-1 GiB", 5, "99999999999 PiB"])
def test_what_is_no_size_of_a_disk_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="size"):
        size(text)


@pytest.mark.parametrize("text", ["90d", "2d3h", "1h30m", "5m", "45s", "off"])
def test_a_duration_is_written_as_it_is_read(text: str) -> None:
    assert written_duration(duration_or_off(text)) == text


@pytest.mark.parametrize("text", ["1 GiB", "1536 GiB", "7 B", "16 TiB", "off"])
def test_a_size_is_written_as_it_is_read(text: str) -> None:
    assert written_size(size_or_off(text)) == text
