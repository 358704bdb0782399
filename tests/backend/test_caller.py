"""Who is calling: as the kernel says, in processes of their own, whatever their variables say."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from ticrypt_tui.backend.caller import login_name, login_uid

ASK = "from ticrypt_tui.backend.caller import present_origin as o; print(o().uid, o().login)"
LYING = {"USER": "mallory", "LOGNAME": "mallory", "SUDO_USER": "mallory", "USERNAME": "mallory"}
ROOT = Path(__file__).parents[2]


def asked() -> str:
    """What a process says of itself that was told lies."""
    environment = {**os.environ, **LYING, "SUDO_UID": "0", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", ASK], env=environment, capture_output=True, text=True,
        timeout=60, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def test_no_variable_says_who_is_calling() -> None:
    uid = login_uid()
    assert asked() == f"{uid} {login_name(uid)}"


def test_the_login_is_the_kernels_and_stays_where_somebody_becomes_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Path, "read_text", lambda path, encoding: "4242")
    monkeypatch.setattr(os, "getuid", lambda: 0)
    assert login_uid() == 4242


@pytest.mark.parametrize("unset", ["4294967295", ""])
def test_where_the_kernel_has_no_login_it_is_the_real_uid(
    monkeypatch: pytest.MonkeyPatch, unset: str
) -> None:
    monkeypatch.setattr(Path, "read_text", lambda path, encoding: unset)
    monkeypatch.setattr(os, "getuid", lambda: 4711)
    assert login_uid() == 4711


def test_an_account_that_nobody_knows_is_called_by_its_number() -> None:
    unknown = max(each.pw_uid for each in pwd.getpwall() if each.pw_uid < 60_000) + 4321
    assert login_name(unknown) == f"uid-{unknown}"
