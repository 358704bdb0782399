"""Bindings of the key map, and how their keys are written."""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.binding import Binding

from ticrypt_tui.config.key_names import face
from ticrypt_tui.config.keymap import DEFAULTS


def bound(action_id: str, action: str, says: str = "", *, at_once: bool = False) -> Binding:
    """The binding of an action of the key map.

    `at_once` is for a key after which people type on: it is dealt with before the next key is.
    """
    return Binding(DEFAULTS[action_id], action, says, id=action_id, show=False, priority=at_once)


def key_face(app: App[Any], action_id: str) -> str:
    """The first key of an action, remapped or not, as people write it."""
    keys = app._keymap.get(action_id, DEFAULTS.get(action_id, ""))
    return face(keys.split(",")[0])
