"""The demo's users, teams and projects, made through the same operations as anyone's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ticrypt_tui.backend.drives.identity import Identity
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import NotFound
from ticrypt_tui.backend.store.people import caller_of

TEAM = "operations"
PROJECT = "trial-7"
_WITH_KEYS = ("alice", "bob")
_USERS = (
    {"login": "alice", "name": "Alice Archer", "role": "user"},
    {"login": "bob", "name": "Bob Baker", "role": "sub-admin"},
    {"login": "carol", "name": "Carol Cooper", "role": "user"},
)
_TEAMS = (
    {"name": TEAM, "cores": 4, "memory": "2 GiB", "members": ["bob"]},
    {"name": "genomics", "cores": 64, "memory": "512 GiB", "drive_space": "8 TiB",
     "members": ["alice", "carol"]},
)  # fmt: skip
_PROJECTS = (
    {"tag": "genomics", "colour": "teal", "level": "HIPAA", "members": ["alice", "bob"]},
    {"tag": PROJECT, "colour": "red", "level": "HIPAA", "parent": "genomics",
     "members": ["alice"]},
    {"tag": "imaging", "colour": "yellow", "members": ["bob"]},
)  # fmt: skip

Say = Callable[[str], None]


async def ensure(enclave: Enclave, say: Say) -> None:
    """Make those that are missing; raises the `TicryptError` of the operation that fails."""
    for user in _USERS:
        if await _made(enclave, say, "user", "login", user) and user["login"] == "carol":
            left = {"user": "carol", "reason": "left the institute"}
            await enclave.run("user.deactivate", left)
    registered = {each.name for each in (await enclave.listing("receivers")).rows}
    for login in _WITH_KEYS:
        if login not in registered:
            say(f"Registering a key of {login}")
            await _with_key(enclave, login)
    own = enclave.caller.login
    for team in _TEAMS:
        await _made(enclave, say, "team", "name", team, own)
    for project in _PROJECTS:
        await _made(enclave, say, "project", "tag", project, own)


async def belonging(enclave: Enclave) -> dict[str, str]:
    """The team and the project of the demo's VMs, as far as whoever runs the demo is in them."""
    found = {}
    for kind, name in (("team", TEAM), ("project", PROJECT)):
        if enclave.caller.user_id in (await enclave.find(kind, name)).member_ids:
            found[kind] = name
    return found


async def _with_key(enclave: Enclave, login: str) -> None:
    """Register a key as somebody's own console would, so that drives can be shared with him.

    Its private half is thrown away: nobody opens a drive in his name.
    """
    origin = replace(enclave.caller.origin, login=login)
    who = await caller_of(enclave.database, origin)
    console = Enclave(enclave.settings, enclave.database, who, enclave.data)
    key = Identity.new()
    await console.run("user.register_key", {"public_key": key.public.written})
    key.forget()


async def _made(
    enclave: Enclave, say: Say, kind: str, called: str, wanted: dict[str, Any], *members: str
) -> bool:
    """Make an object unless it is there; whether it was made."""
    name = wanted[called]
    try:
        await enclave.find(kind, name)
    except NotFound:
        say(f"Making {kind} {name}")
        more = {"members": [*wanted["members"], *members]} if members else {}
        await enclave.run(f"{kind}.create", {**wanted, **more})
        return True
    return False
