"""The demo's users, teams and projects: on a store alone, for they need no host."""

from __future__ import annotations

import json
from typing import Any

from tests.backend.conftest import enclave, open_enclave, settings
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.demo import people

__all__ = ["enclave", "open_enclave", "settings"]


async def rows(enclave: Enclave, tab: str) -> dict[str, Any]:
    return {row.name: row for row in (await enclave.listing(tab)).rows}


async def test_there_is_one_of_every_sort_to_look_at(enclave: Enclave) -> None:
    await people.ensure(enclave, lambda sentence: None)
    users, teams, projects = [await rows(enclave, tab) for tab in ("users", "teams", "projects")]
    assert {row.role for row in users.values()} == {"user", "sub-admin", "super-admin"}
    assert users["carol"].reason == "left the institute"
    assert (teams["operations"].cores, teams["operations"].drive_space_gib) == (4, None)
    assert projects["trial-7"].path == "genomics/trial-7"


async def test_drives_can_be_shared_with_some_who_registered_their_keys_themselves(
    enclave: Enclave,
) -> None:
    await people.ensure(enclave, lambda sentence: None)
    assert set(await rows(enclave, "receivers")) == {"alice", "bob"}
    await enclave.run("user.deactivate", {"user": "bob", "reason": "left"})
    await people.ensure(enclave, lambda sentence: None)
    log = [json.loads(line) for line in enclave.settings.audit.file.read_text().splitlines()]
    made = [each for each in log if each["action"] == "user.register_key"]
    assert [(each["actor"]["login"], each["outcome"]) for each in made] == [
        (login, outcome) for login in ("alice", "bob") for outcome in ("attempted", "done")
    ]


async def test_whoever_runs_the_demo_is_in_what_its_vms_belong_to(enclave: Enclave) -> None:
    await people.ensure(enclave, lambda sentence: None)
    assert await people.belonging(enclave) == {"team": "operations", "project": "trial-7"}
    await enclave.run("team.edit", {"team": "operations", "members": ""})
    assert await people.belonging(enclave) == {"project": "trial-7"}


async def test_made_again_they_stay_as_somebody_changed_them(enclave: Enclave) -> None:
    await people.ensure(enclave, lambda sentence: None)
    await enclave.run("user.edit", {"user": "carol", "active": "yes"})
    said: list[str] = []
    await people.ensure(enclave, said.append)
    assert said == []
    assert (await rows(enclave, "users"))["carol"].active
