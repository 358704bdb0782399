"""Making hosts, profiles, pools, images, setups and configurations, and why not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.backend.conftest import Opener, add_user
from tests.backend.play import PlayHost
from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Refused, WrongUse
from ticrypt_tui.backend.store.tables.people import Project, ProjectMember, Team, TeamMember

LAB = {"realm": "lab"}
HOST = {**LAB, "name": "node01", "uri": "play://node01"}
OTHER = {**LAB, "name": "node02", "uri": "play://node02"}
PROFILE = {**LAB, "name": "half", "cores": "32", "memory": "64 GiB"}
POOL = {**LAB, "name": "fast", "tier": "flash", "target": "/srv/fast"}
IMAGE = {**LAB, "name": "tiny", "volume": "tiny.qcow2", "os": "linux"}
SETUP = {**LAB, "name": "small", "image": "tiny", "cores": 2, "memory": "2 GiB"}


async def only(enclave: Enclave, tab: str) -> Any:
    (row,) = (await enclave.listing(tab)).rows
    return row


async def test_a_host_is_contacted_as_soon_as_it_is_made(enclave: Enclave, host: PlayHost) -> None:
    row = await only(enclave, "hosts")
    assert (row.name, row.realm, row.state, row.reach) == ("node01", "Lab", "enabled", "up")


async def test_a_host_that_is_made_disabled_is_not_contacted(enclave: Enclave) -> None:
    await enclave.run("host.create", {**HOST, "state": "disabled"})
    await enclave.settled()
    assert (await only(enclave, "hosts")).reach == "not contacted"


async def test_a_host_of_a_disabled_realm_is_not_contacted(enclave: Enclave) -> None:
    await enclave.run("host.create", {**HOST, "realm": "attic", "uri": "qemu:///system"})
    await enclave.settled()
    assert (await only(enclave, "hosts")).reach == "not contacted"


async def test_a_profile_has_what_it_was_given(enclave: Enclave) -> None:
    await enclave.run("profile.create", PROFILE)
    row = await only(enclave, "profiles")
    assert (row.name, row.realm, row.cores, row.memory_mib) == ("half", "Lab", 32, 65536)


async def test_a_host_may_have_a_profile_of_its_realm(enclave: Enclave) -> None:
    await enclave.run("profile.create", PROFILE)
    await enclave.run("host.create", {**HOST, "profile": "half"})
    row = await only(enclave, "hosts")
    assert (row.profile, row.cores) == ("half", 32)


async def test_a_pool_is_made_on_every_host_that_is_up(enclave: Enclave, host: PlayHost) -> None:
    await enclave.run("pool.create", {**POOL, "quota": "2 TiB"})
    row = await only(enclave, "pools")
    assert (row.name, row.tier, row.quota, row.quota_bytes) == ("fast", "flash", "explicit", 2**41)
    assert host.asked == ["pool fast"]


async def test_a_setup_and_an_image_are_listed_together(enclave: Enclave, host: PlayHost) -> None:
    await enclave.run("image.create", IMAGE)
    await enclave.run("setup.create", {**SETUP, "debug_console": "yes"})
    row = await only(enclave, "setups")
    assert (row.image, row.cores, row.memory_mib, row.debug) == ("tiny", 2, 2048, True)


async def test_a_configuration_is_its_makers_unless_said_otherwise(
    enclave: Enclave, config: str
) -> None:
    row = await only(enclave, "configs")
    assert (row.id, row.owner, row.state, row.project) == (config, "mara", "stopped", "Unlocked")


async def test_a_configuration_of_a_project_shows_its_whole_path(
    enclave: Enclave, config: str
) -> None:
    async with enclave.change() as session:
        session.add(Project(id="project-1", tag="genomics"))
        session.add(Team(id="team-1", name="ops"))
        await session.flush()
        session.add(Project(id="project-2", tag="trial-7", parent_id="project-1"))
        await session.flush()
        me = enclave.caller.user_id
        session.add(TeamMember(team_id="team-1", user_id=me))
        session.add(ProjectMember(project_id="project-2", user_id=me))
    wanted = {"name": "g7", "setup": "tiny", "team": "ops", "project": "trial-7"}
    await enclave.run("config.create", wanted)
    row = await enclave.find("config", "g7")
    assert (row.team, row.project) == ("ops", "genomics/trial-7")


@pytest.mark.parametrize(
    ("operation", "arguments", "sentence"),
    [
        (
            "host.create",
            {**OTHER, "realm": "mars"},
            "There is no realm mars. Those configured: lab",
        ),
        ("host.create", {**OTHER, "uri": "nonsense"}, "nonsense is no URI of a play host."),
        ("host.create", {**OTHER, "uri": "two words"}, "printable characters and no space."),
        ("host.create", {**OTHER, "nat_port_base": 0}, "The first port is 1 to 65535, not 0."),
        ("host.create", {**OTHER, "nat_address": "::1"}, "::1 is no IPv4 address"),
        ("profile.create", {**PROFILE, "devices": "A100"}, "a device such as A100@0000:41:00.0"),
        ("profile.create", {**PROFILE, "devices": "A@41:00.0,B@0000:41:00.0"}, "is there twice"),
        ("host.create", {**OTHER, "profile": "none"}, "There is no hardware profile none."),
        (
            "host.create",
            {**OTHER, "state": "on"},
            "state is one of enabled, no scheduler",
        ),
        ("host.create", {**OTHER, "name": "a\nb"}, r"“a\u{a}b” has not."),
        ("host.create", {**OTHER, "name": " a"}, "no space at its ends"),
        ("host.create", {**OTHER, "name": "x" * 201}, "A name has 1 to 200 printable characters"),
        ("profile.create", {**PROFILE, "cores": 0}, "cores must be at least 1, not 0."),
        ("profile.create", {**PROFILE, "memory": "0"}, "memory must be at least 1, not 0."),
        ("pool.create", {**POOL, "hosts": "ghost"}, "There is no host ghost."),
        ("pool.create", {**POOL, "quota": "lots"}, "A quota is no, yes, or a size such as 2 TiB"),
        ("image.create", {**IMAGE, "os": "plan9"}, "os is one of linux, windows, not 'plan9'."),
        ("image.create", {**IMAGE, "volume": "ghost"}, "Pool ticrypt-vm has no volume ghost."),
        (
            "image.create",
            {**IMAGE, "volume": "win11"},
            "Volume win11 holds windows, says rule win*",
        ),
        ("setup.create", SETUP, "There is no VM image tiny."),
        ("config.create", {"name": "it", "setup": "ghost"}, "There is no hardware setup ghost."),
    ],
)
async def test_what_does_not_fit_is_refused_in_plain_words(
    enclave: Enclave, host: PlayHost, operation: str, arguments: dict[str, Any], sentence: str
) -> None:
    with pytest.raises((Refused, WrongUse)) as refusal:
        await enclave.run(operation, arguments)
    assert sentence in str(refusal.value)


async def test_an_image_needs_a_host_to_ask_for_its_volume(enclave: Enclave) -> None:
    with pytest.raises(Refused, match="No host of realm Lab is up to ask for its volumes"):
        await enclave.run("image.create", IMAGE)


async def test_a_second_of_a_kind_and_name_is_refused(enclave: Enclave, host: PlayHost) -> None:
    made: dict[str, dict[str, Any]] = {
        "host": HOST, "profile": PROFILE, "pool": POOL, "image": IMAGE, "setup": SETUP,
    }  # fmt: skip
    for kind, arguments in made.items():
        if kind != "host":
            await enclave.run(f"{kind}.create", arguments)
        with pytest.raises(Refused, match=f"Realm Lab has an? {kind} with the name .* already"):
            await enclave.run(f"{kind}.create", arguments)


async def test_a_second_host_with_the_same_uri_is_refused(enclave: Enclave, host: PlayHost) -> None:
    with pytest.raises(Refused, match="Realm Lab has a host with the uri play://node01 already"):
        await enclave.run("host.create", {**HOST, "name": "other"})


async def test_a_volume_has_one_image(enclave: Enclave, host: PlayHost) -> None:
    await enclave.run("image.create", IMAGE)
    with pytest.raises(Refused, match=r"an image with the volume tiny\.qcow2 already"):
        await enclave.run("image.create", {**IMAGE, "name": "second"})


async def test_a_profile_of_another_realm_is_refused(enclave: Enclave) -> None:
    await enclave.run("profile.create", {**PROFILE, "realm": "attic"})
    with pytest.raises(Refused, match="Profile half is not of realm Lab"):
        await enclave.run("host.create", {**HOST, "profile": "half"})


async def test_a_setup_of_another_realms_image_is_refused(enclave: Enclave, host: PlayHost) -> None:
    await enclave.run("image.create", IMAGE)
    with pytest.raises(Refused, match="Image tiny is not of realm Attic"):
        await enclave.run("setup.create", {**SETUP, "realm": "attic"})


async def test_below_an_admin_a_configuration_is_ones_own(
    enclave: Enclave, open_enclave: Opener, config: str
) -> None:
    await add_user(enclave.database, "ulla", Role.USER)
    async with enclave.change() as session:
        session.add(Team(id="team-1", name="ops"))
    ulla = await open_enclave("ulla")
    wanted = {"name": "hers", "setup": "tiny"}
    with pytest.raises(Refused, match="you have configurations of your own only"):
        await ulla.run("config.create", {**wanted, "owner": "mara"})
    with pytest.raises(Refused, match="ulla is not in team ops"):
        await ulla.run("config.create", {**wanted, "team": "ops"})
    await ulla.run("config.create", wanted)
    assert [row.name for row in (await ulla.listing("configs")).rows] == ["hers"]


@pytest.mark.parametrize("tab", ["hosts", "profiles", "pools", "images", "setups", "configs"])
async def test_every_row_has_a_detail_panel(enclave: Enclave, config: str, tab: str) -> None:
    await enclave.run("profile.create", PROFILE)
    await enclave.run("pool.create", POOL)
    row = (await enclave.listing(tab)).rows[0]
    detail = await enclave.detail(tab, row.id)
    assert detail.title == row.name
    assert detail.sections[0].fields[0] == ("ID", row.id)
