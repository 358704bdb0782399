"""A console on a real enclave: a store on disk, an audit log, and hosts that are played.

`enclave` is another console on the same store.
"""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from tests.backend.conftest import Opener, config, enclave, host, open_enclave, settings
from tests.screens.driving import PATIENCE, allowed, until
from ticrypt_tui.app import TicryptApp
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.screens.dialogs.form import FormDialog
from ticrypt_tui.widgets.form_field import FormField

__all__ = ["config", "enclave", "host", "open_enclave", "settings"]


@pytest.fixture
def console(open_enclave: Opener) -> TicryptApp:
    """The console that is on screen."""
    return TicryptApp(open_enclave)


def own(pilot: Pilot[Any]) -> Enclave:
    """The enclave of the console that is on screen."""
    assert isinstance(pilot.app, TicryptApp)
    opened = pilot.app.console_state.enclave
    assert isinstance(opened, Enclave)
    return opened


async def hosts_reached(pilot: Pilot[Any]) -> Enclave:
    """The enclave of the console that is on screen, once it has reached its hosts."""
    app = pilot.app
    assert isinstance(app, TicryptApp)
    await until(pilot, lambda: app.console_state.enclave is not None, "opening")
    await own(pilot).settled(PATIENCE)
    return own(pilot)


def form(pilot: Pilot[Any]) -> FormDialog:
    """The form on top."""
    assert isinstance(pilot.app.screen, FormDialog)
    return pilot.app.screen


async def form_opened(pilot: Pilot[Any], key: str) -> FormDialog:
    """Press a key as soon as it is not refused, and have the form that comes up."""
    await allowed(pilot, key)
    await pilot.press(key)
    await until(pilot, lambda: isinstance(pilot.app.screen, FormDialog), "the form")
    return form(pilot)


def field(pilot: Pilot[Any], argument: str) -> FormField:
    """A field of the form on top."""
    return next(each for each in form(pilot).query(FormField) if each.argument == argument)


async def type_in(pilot: Pilot[Any], argument: str, text: str) -> None:
    """Empty a field of text, and type into it."""
    field(pilot, argument).enter()
    await pilot.press("end", "ctrl+u", *(_key(letter) for letter in text))


def wrong(pilot: Pilot[Any], argument: str) -> str:
    """What is said beside a field."""
    told = field(pilot, argument)
    return str(told.query_one(".wrong").render()) if told.has_class("-wrong") else ""


def _key(letter: str) -> str:
    names = {":": "colon", "/": "slash", ".": "full_stop", "@": "at", " ": "space", "-": "minus"}
    return names.get(letter, letter)
