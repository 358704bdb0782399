"""Two OS users, each with a process of his own, who share store and audit log by their group.

The files are owned as `packaging/systemd/README.md` says.
"""

from __future__ import annotations

import shutil
import stat
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.accounts import Account, admit, ended
from tests.backend.conftest import add_user
from ticrypt_tui.backend.audit import tail
from ticrypt_tui.backend.audit.verify import verify
from ticrypt_tui.backend.caller import Origin, Role
from ticrypt_tui.backend.founding import found
from ticrypt_tui.backend.store.database import Database
from ticrypt_tui.config.settings import Settings, load_settings

GROUP = "users"
MEMBERS = ("games", "news")
STRANGER = "irc"
TIMES = 8
CONFIGURATION = """
[database]
url = "sqlite+aiosqlite:///{folder}/data/console.db"

[audit]
file = "{folder}/data/audit.jsonl"
heartbeat = "off"

[[realms]]
id = "lab"
name = "Lab"
driver = "libvirt"
"""
WORK = f"""
import asyncio
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.config.settings import load_settings

async def work():
    enclave = await Enclave.open(load_settings())
    try:
        for number in range({TIMES}):
            name = f"{{enclave.caller.login}}-{{number}}"
            await enclave.run(
                "profile.create", {{"realm": "lab", "name": name, "cores": 1, "memory": "1 GiB"}}
            )
    finally:
        await enclave.close()

asyncio.run(work())
"""


@dataclass(frozen=True, slots=True)
class Shared:
    """An enclave in a folder that a group can write, and nobody else can enter."""

    folder: Path
    settings: Settings

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def account(self, login: str, *groups: str) -> Account:
        return Account.made(login, self.folder, *groups)


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that others may enter: pytest closes its own to them whenever it starts."""
    folder = Path(tempfile.mkdtemp(prefix="two-accounts-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
async def shared(folder: Path, origin: Origin) -> Shared:
    file = folder / "ticrypt-tui.toml"
    file.write_text(CONFIGURATION.format(folder=folder))
    settings = load_settings(file)
    await found(settings, origin)
    database = await Database.open(settings.database.url)
    for login in (*MEMBERS, STRANGER):
        await add_user(database, login, Role.ADMIN)
    await database.close()
    shared = Shared(folder, settings)
    shared.data.chmod(0o2770)
    for each in (shared.data, *shared.data.iterdir()):
        shutil.chown(each, group=GROUP)
        if each.is_file():
            each.chmod(0o660)
    admit(folder)
    return shared


@pytest.mark.slow(seconds=5)
async def test_two_accounts_of_a_group_write_one_unbroken_log(shared: Shared) -> None:
    people = [shared.account(login, GROUP) for login in MEMBERS]
    file = shared.settings.path
    at_once = [person.begins("-c", WORK, file=file) for person in people]
    for done in [ended(process) for process in at_once]:
        assert done.returncode == 0, done.stderr
    database = await Database.open(shared.settings.database.url)
    try:
        records = await tail.newest(database, 1000)
        verdict = await verify(database, shared.settings.audit.file)
    finally:
        await database.close()
    assert [each.seq for each in records] == list(range(1, len(records) + 1))
    done_by = Counter(each.login for each in records if each.operation == "profile.create")
    assert done_by == dict.fromkeys(MEMBERS, 2 * TIMES)  # each attempted, and done
    assert (verdict.ok, verdict.up_to) == (True, len(records)), verdict.sentence
    assert {stat.S_IMODE(each.stat().st_mode) for each in shared.data.iterdir()} == {0o660}
    assert {each.group() for each in shared.data.iterdir()} == {GROUP}


@pytest.mark.slow(seconds=2)
async def test_an_account_outside_the_group_is_refused_in_plain_words(shared: Shared) -> None:
    stranger = shared.account(STRANGER)
    words = ("-m", "ticrypt_tui", "list", "profiles")
    done = stranger.does(*words, file=shared.settings.path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        f"The database {shared.data}/console.db cannot be read: Permission denied. "
        "Ask its owner for access to it and to its folder."
    ]
