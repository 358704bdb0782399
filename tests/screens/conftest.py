"""A console on an enclave of plain rows, at a fixed time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date

import pytest

from tests.screens.fakes import NOW, FakeEnclave
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.screens import acting, audit_lines, showing, tab_screen
from ticrypt_tui.screens.dialogs import form

NEVER = 600.0


@pytest.fixture(autouse=True)
def _fixed_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("COLORTERM", "truecolor")
    time.tzset()
    monkeypatch.setattr(showing, "today", lambda: date(2026, 11, 21))
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(autouse=True)
def _no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is over or too late because the machine is slow."""
    monkeypatch.setattr(acting, "SOON", NEVER)
    monkeypatch.setattr(audit_lines, "PATIENCE", NEVER)
    monkeypatch.setattr(form, "LETS_GO", NEVER)
    monkeypatch.setattr(tab_screen, "MESSAGE_SECONDS", NEVER)


@pytest.fixture
def enclave() -> FakeEnclave:
    """The enclave behind the console; a test may change it before or while it is open."""
    return FakeEnclave()


@pytest.fixture
def console(enclave: FakeEnclave) -> TicryptApp:
    """The console on that enclave, not yet on screen."""

    async def opener() -> FakeEnclave:
        return enclave

    return TicryptApp(opener, clock=lambda: NOW)


Maker = Callable[..., TicryptApp]
