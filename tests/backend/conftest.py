"""An enclave on a real SQLite store, whose hosts are played."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.backend.play import PlayDriver, PlayHost
from ticrypt_tui.backend import enclave as enclaves
from ticrypt_tui.backend.caller import Origin, Role
from ticrypt_tui.backend.drivers.watch import Watch
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.founding import found
from ticrypt_tui.backend.services.drives import unfinished
from ticrypt_tui.backend.services.fixing import sync_rounds
from ticrypt_tui.backend.services.hosts import following
from ticrypt_tui.backend.services.licensing import policy_keeping
from ticrypt_tui.backend.services.starting import interrupted
from ticrypt_tui.backend.store.database import Database
from ticrypt_tui.backend.store.tables.people import TeamMember, User
from ticrypt_tui.config.settings import Settings, load_settings

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
shutdown_timeout = "60s"
virt_type = "qemu"
volume_os = [{{ match = "win*", os = "windows" }}]

[[realms]]
id = "attic"
name = "Attic"
driver = "libvirt"
disabled = true
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "ticrypt-tui.toml"
    file.write_text(CONFIGURATION.format(folder=tmp_path))
    return load_settings(file)


Opener = Callable[..., Awaitable[Enclave]]
NEVER = 1_000_000.0


def no_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a test takes, a console does nothing by itself only because time has passed."""
    monkeypatch.setattr(sync_rounds, "FIRST_AFTER", NEVER)
    monkeypatch.setattr(following, "SWEEP_SECONDS", NEVER)
    monkeypatch.setattr(interrupted, "SELDOM", NEVER)
    for room in (unfinished, policy_keeping):
        monkeypatch.setattr(room, "LOOKS_APART", NEVER)
    monkeypatch.setattr(enclaves, "CLOSED_WITHIN", 60.0)  # what it is at, it brings to its end


@pytest.fixture
async def open_enclave(
    settings: Settings,
    origin: Origin,
    founded: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Opener]:
    """Opens consoles on one store, for anyone: `mara`, the super-admin, unless told otherwise."""
    no_clock(monkeypatch)
    on_sqlite = settings.database.url.startswith("sqlite")
    if on_sqlite:
        shutil.copytree(founded, tmp_path / "data")
    if settings.audit.checkpoint_key is not None or not on_sqlite:
        await found(settings, origin)
    opened: list[Enclave] = []

    async def open_one(login: str = origin.login, **changes: object) -> Enclave:
        who = replace(origin, login=login)
        enclave = await Enclave.open(
            settings.model_copy(update=changes), origin=who, data=tmp_path / login
        )
        enclave.drivers["lab"] = PlayDriver()
        await enclave.watch.close()  # of those hosts that another driver could not take
        enclave.watch = Watch(enclave.drivers, enclave.following, poll=NEVER)
        await enclave.following.refollow()
        opened.append(enclave)
        return enclave

    yield open_one
    for enclave in reversed(opened):  # a test may have given one the hosts of an earlier one
        await enclave.close()


@pytest.fixture
async def enclave(open_enclave: Opener) -> Enclave:
    """The super-admin's console."""
    return await open_enclave()


@pytest.fixture
async def host(enclave: Enclave) -> PlayHost:
    """A host that is up, with the volume `tiny.qcow2`."""
    await enclave.run("host.create", {"realm": "lab", "name": "node01", "uri": "play://node01"})
    await enclave.settled()
    made = host_of(enclave)
    made.give_volume("tiny.qcow2")
    return made


@pytest.fixture
async def config(enclave: Enclave, host: PlayHost) -> str:
    """The ID of a configuration that can be started; its owner is the super-admin."""
    where = {"realm": "lab", "name": "tiny"}
    host.give_pool()
    await give_room(enclave)
    await enclave.run("image.create", {**where, "volume": "tiny.qcow2", "os": "linux"})
    await enclave.run("setup.create", {**where, "image": "tiny", "cores": 1, "memory": "192 MiB"})
    made: str = await enclave.run("config.create", {"name": "tiny", "setup": "tiny"})
    return made


async def give_room(enclave: Enclave, host: str = "node01", **changes: object) -> None:
    """Give a host a profile of its own, with 64 cores and 64 GiB unless told otherwise."""
    room = {"cores": 64, "memory": "64 GiB", **changes}
    await enclave.run("profile.create", {"realm": "lab", "name": f"of {host}", **room})
    await enclave.run("host.edit", {"host": host, "profile": f"of {host}"})


def host_of(enclave: Enclave, name: str = "node01") -> PlayHost:
    """A play host of a console."""
    driver = enclave.drivers["lab"]
    assert isinstance(driver, PlayDriver)
    return driver.hosts[name]


def ignores_shutdown(enclave: Enclave, host: PlayHost) -> None:
    """Let a host's guests ignore that they are to shut down, which the console waits 1 s for."""
    host.obeys = False
    realm = enclave.realms["lab"]
    enclave.realms["lab"] = realm.model_copy(update={"shutdown_timeout": timedelta(seconds=1)})


async def add_user(database: Database, login: str, role: Role, *, team: str | None = None) -> str:
    """A user record, which the tests need before there is an operation that makes one."""
    async with database.write() as session:
        user = User(login=login, name=login, role=role)
        session.add(user)
        await session.flush()
        if team:
            session.add(TeamMember(team_id=team, user_id=user.id))
    return user.id
