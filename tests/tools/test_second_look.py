"""The tests that fail among others run once more, and are told whichever way that goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import second_look

ALWAYS = "def test_{name}():\n    assert False\n"
ONCE = """
from pathlib import Path

def test_once():
    seen = Path({seen!r})
    if not seen.exists():
        seen.touch()
        assert False
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of tests, run by one process that knows nothing of these."""
    monkeypatch.setattr(second_look, "TOGETHER", ())
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_good.py").write_text("def test_good():\n    assert True\n")
    return tmp_path


def test_where_all_pass_there_is_no_second_look(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert second_look.run([str(folder)]) == 0
    assert capfd.readouterr().out.count("1 passed") == 1


def test_what_fails_only_among_the_others_is_told_as_a_test_to_mend(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "test_shy.py").write_text(ONCE.format(seen=str(folder / "seen")))
    assert second_look.run([str(folder)]) == 0
    assert "TO MEND: failed once, test_shy.py::test_once" in capfd.readouterr().out


def test_what_fails_again_fails_the_run(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "test_bad.py").write_text(ALWAYS.format(name="bad"))
    assert second_look.run([str(folder)]) == 1
    assert "FAILED TWICE test_bad.py::test_bad" in capfd.readouterr().out


def test_of_many_failures_none_is_looked_at_again(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    bad = "".join(ALWAYS.format(name=f"bad_{each}") for each in range(second_look.MOST + 1))
    (folder / "test_bad.py").write_text(bad)
    assert second_look.run([str(folder)]) == 1
    assert "once more" not in capfd.readouterr().out


def test_a_test_that_cannot_be_read_fails_the_run_at_once(folder: Path) -> None:
    (folder / "test_torn.py").write_text("def test_torn(:\n")
    assert second_look.run([str(folder)]) == 2
