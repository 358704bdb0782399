"""Entries of the journal as lines of a log."""

from __future__ import annotations

import json

import pytest

from ticrypt_tui.backend.units.entries import entry

PLAIN = {
    "__REALTIME_TIMESTAMP": "1795269931118000",
    "__CURSOR": "s=1;i=2",
    "PRIORITY": "6",
    "SYSLOG_IDENTIFIER": "java",
    "_PID": "812",
    "MESSAGE": "2 hosts answer",
}


def text(**fields: object) -> str:
    found = entry(json.dumps(PLAIN | fields).encode())
    assert found is not None
    return found.text


def test_an_entry_is_a_line_with_moment_level_source_and_message() -> None:
    assert text() == "2026-11-21 14:05:31.118Z  info     java[812]: 2 hosts answer"


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("", ""),
        ([], ""),
        ([104, 105], "hi"),
        ([255, 65], "\\xffA"),
        (["one", "two"], "one\n    two"),
        ("one\ntwo\n", "one\n    two"),
        (None, "(the journal did not give this message: it is too long)"),
        (7, "7"),
    ],
)
def test_a_message_may_be_text_bytes_several_or_none(message: object, shown: str) -> None:
    assert text(MESSAGE=message).partition(": ")[2] == shown


@pytest.mark.parametrize(
    ("priority", "level"),
    [("0", "emerg"), ("3", "error"), ("7", "debug"), ("8", "info"), (None, "info"), ("x", "info")],
)
def test_a_level_that_is_none_counts_as_information(priority: object, level: str) -> None:
    assert text(PRIORITY=priority).split()[2] == level


@pytest.mark.parametrize("moment", ["", None, "x", "9" * 30, ["1", "2"]])
def test_a_moment_that_is_none_is_left_out(moment: object) -> None:
    assert text(__REALTIME_TIMESTAMP=moment).startswith("-  info")


@pytest.mark.parametrize(
    ("fields", "source"),
    [
        ({"_PID": None}, "java"),
        ({"SYSLOG_IDENTIFIER": None, "_COMM": "jsvc"}, "jsvc[812]"),
        ({"SYSLOG_IDENTIFIER": [106, 97]}, "ja[812]"),
        ({"SYSLOG_IDENTIFIER": None, "_PID": None}, "?"),
    ],
)
def test_a_source_is_its_name_and_process(fields: dict[str, object], source: str) -> None:
    assert text(**fields).split()[3] == f"{source}:"


@pytest.mark.parametrize("line", [b"", b"-- No entries --", b"{", b"[1]", b"\xff", b"null"])
def test_what_is_no_entry_is_none(line: bytes) -> None:
    assert entry(line) is None
