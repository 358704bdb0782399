"""Hosts: tried before they are saved, changed by several people, disabled, deleted; and why not."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.backend.conftest import Opener, add_user, host_of
from tests.backend.play import PlayDriver, PlayHost, domain
from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.drivers.base import HostAddress, Listener
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Changed, NotFound, Refused, Unanswered, WrongUse

LAB = {"realm": "lab"}
HOST = {**LAB, "name": "node01", "uri": "play://node01"}
OTHER = {**LAB, "name": "node02", "uri": "play://node02"}
PROFILE = {**LAB, "name": "half", "cores": "32", "memory": "64 GiB"}


class DeadDriver(PlayDriver):
    """Makes hosts that do not answer."""

    def host(self, address: HostAddress, listener: Listener) -> PlayHost:
        made = super().host(address, listener)
        made.down = True
        return made


async def only(enclave: Enclave, tab: str = "hosts") -> Any:
    (row,) = (await enclave.listing(tab)).rows
    return row


@pytest.fixture
async def vm(enclave: Enclave, host: PlayHost, config: str) -> str:
    """The ID of a VM that runs on the host: 1 core, 192 MiB."""
    started: str = await enclave.run("config.start", {"config": config})
    return started


# Tried before it is saved


async def test_what_libvirt_answers_at_a_uri_is_told_in_one_line(enclave: Enclave) -> None:
    answer = await enclave.run("host.test", {**LAB, "uri": "play://node01"})
    assert re.match(r"node1 answered in \d+\.\d", answer.sentence)
    assert "libvirt 9.0.0, QEMU 7.2.22 · 8 cores · 16 GiB · 0 VMs running" in answer.sentence
    assert (await enclave.listing("hosts")).rows == []


async def test_a_host_that_does_not_answer_is_not_saved_and_the_reason_is_beside_its_uri(
    enclave: Enclave,
) -> None:
    enclave.drivers["lab"] = DeadDriver()
    with pytest.raises(Unanswered, match="The cable is out") as refusal:
        await enclave.run("host.create", HOST)
    assert refusal.value.about == "uri"
    assert (await enclave.listing("hosts")).rows == []
    assert (await enclave.records())[-1].outcome == "refused"


async def test_with_an_explicit_yes_a_silent_host_is_saved(enclave: Enclave) -> None:
    enclave.drivers["lab"] = DeadDriver()
    await enclave.run("host.create", {**HOST, "unanswered": "yes"})
    await enclave.settled()
    assert (await only(enclave)).reach == "unreachable"


async def test_a_host_that_is_saved_as_disabled_is_not_tried(enclave: Enclave) -> None:
    enclave.drivers["lab"] = DeadDriver()
    await enclave.run("host.create", {**HOST, "state": "disabled"})
    assert (await only(enclave)).reach == "not contacted"


async def test_what_it_answered_stands_in_the_audit_log(enclave: Enclave) -> None:
    await enclave.run("host.create", HOST)
    assert "libvirt 9.0.0" in (await enclave.records())[-1].detail["answer"]


# Changing it


async def test_an_edit_changes_what_it_is_given_and_nothing_else(
    enclave: Enclave, host: PlayHost
) -> None:
    await enclave.run("profile.create", PROFILE)
    await enclave.run("host.edit", {"host": "node01", "name": "first", "profile": "half"})
    row = await only(enclave)
    assert (row.name, row.uri, row.profile, row.state) == (
        "first", "play://node01", "half", "enabled"
    )  # fmt: skip


async def test_an_empty_value_takes_away_what_may_be_missing(
    enclave: Enclave, host: PlayHost
) -> None:
    await enclave.run("profile.create", PROFILE)
    nat = {"nat_address": "192.0.2.10", "nat_port_base": 20000}
    await enclave.run("host.edit", {"host": "node01", "profile": "half", **nat})
    empty = {"profile": "", "nat_address": "", "nat_port_base": ""}
    await enclave.run("host.edit", {"host": "node01", **empty})
    row = await only(enclave)
    assert (row.profile, row.nat_address, row.nat_port_base) == ("", None, None)


async def test_a_new_uri_is_tried_and_then_contacted(enclave: Enclave, host: PlayHost) -> None:
    await enclave.run("host.edit", {"host": "node01", "uri": "play://elsewhere"})
    await enclave.settled()
    assert host_of(enclave).address.uri == "play://elsewhere"
    enclave.drivers["lab"] = DeadDriver()
    with pytest.raises(Unanswered):
        await enclave.run("host.edit", {"host": "node01", "uri": "play://nowhere"})


async def test_the_second_of_two_consoles_to_save_is_told_and_overwrites_nothing(
    enclave: Enclave, open_enclave: Opener, host: PlayHost
) -> None:
    read = await only(enclave)
    other = await open_enclave()
    await other.run("host.edit", {"host": "node01", "name": "theirs"})
    wanted = {"host": read.id, "name": "mine", "version": read.version}
    with pytest.raises(Changed, match="Somebody else changed theirs meanwhile"):
        await enclave.run("host.edit", wanted)
    assert (await only(enclave)).name == "theirs"


async def test_a_host_that_another_console_deleted_is_said_to_be_gone(
    enclave: Enclave, open_enclave: Opener, host: PlayHost
) -> None:
    read = await only(enclave)
    await (await open_enclave()).run("host.delete", {"host": "node01"})
    with pytest.raises(NotFound):
        await enclave.run("host.edit", {"host": read.id, "name": "mine"})


@pytest.mark.parametrize(
    ("changes", "sentence", "about"),
    [
        ({"name": "node02"}, "Realm Lab has a host with the name node02 already.", "name"),
        ({"uri": "play://node02"}, "Realm Lab has a host with the uri play://node02", "uri"),
        ({"uri": "esx://node02"}, "esx://node02 is no URI of a play host.", ""),
        ({"profile": "upstairs"}, "Profile upstairs is not of realm Lab.", "profile"),
        ({"realm": "attic"}, "A host stays in its realm, Lab: delete it", ""),
        ({"name": "x" * 300}, "A name has 1 to 200 printable characters", ""),
    ],
)
async def test_an_edit_that_does_not_fit_is_refused(
    enclave: Enclave, host: PlayHost, changes: dict[str, str], sentence: str, about: str
) -> None:
    await enclave.run("host.create", OTHER)
    await enclave.run("profile.create", {**PROFILE, "realm": "attic", "name": "upstairs"})
    with pytest.raises((Refused, WrongUse)) as refusal:
        await enclave.run("host.edit", {"host": "node01", **changes})
    assert sentence in str(refusal.value)
    assert refusal.value.about == about


async def test_a_profile_that_is_smaller_than_what_runs_is_refused_with_the_numbers(
    enclave: Enclave, vm: str
) -> None:
    await enclave.run("profile.create", {**LAB, "name": "small", "cores": 8, "memory": "100 MiB"})
    with pytest.raises(Refused, match="on node01 192 MiB are used, 100 are too few"):
        await enclave.run("host.edit", {"host": "node01", "profile": "small"})


# Its state


async def test_a_disabled_host_is_left_and_an_enabled_one_contacted_again(
    enclave: Enclave, host: PlayHost
) -> None:
    await enclave.run("host.change_state", {"host": "node01", "state": "disabled"})
    assert (await only(enclave)).reach == "not contacted"
    await enclave.run("host.change_state", {"host": "node01", "state": "enabled"})
    await enclave.settled()
    assert (await only(enclave)).reach == "up"


async def test_the_state_that_it_has_is_no_change(enclave: Enclave, host: PlayHost) -> None:
    with pytest.raises(Refused, match="It is enabled already"):
        await enclave.run("host.change_state", {"host": "node01", "state": "enabled"})


async def test_disabling_a_host_asks_for_its_name_only_where_vms_are_on_it(
    enclave: Enclave, host: PlayHost
) -> None:
    from ticrypt_tui.backend.operations import find

    change = find("host.change_state")
    empty = await only(enclave)
    host.show(domain("vm-1"))
    assert await enclave.until(lambda: _has_vms(enclave), 60)
    full = await only(enclave)
    assert not change.wants_name_typed({"state": "disabled"}, empty)
    assert change.wants_name_typed({"state": "disabled"}, full)
    assert not change.wants_name_typed({"state": "no scheduler"}, full)


async def _has_vms(enclave: Enclave) -> bool:
    return bool((await only(enclave)).vms)


async def test_the_audit_log_names_the_vms_that_go_out_of_sight(enclave: Enclave, vm: str) -> None:
    await enclave.run("host.change_state", {"host": "node01", "state": "disabled"})
    assert (await enclave.records())[-1].detail["out_of_sight"] == "tiny"


# Deleting it


async def test_a_host_with_a_vm_is_not_deleted_and_the_vm_is_named(
    enclave: Enclave, vm: str
) -> None:
    assert enclave.why_not("host.delete", await only(enclave)) == "1 VM is on it: tiny."
    with pytest.raises(Refused, match="1 VM is on it: tiny"):
        await enclave.run("host.delete", {"host": "node01"})


async def test_a_domain_that_the_store_does_not_know_keeps_its_host_too(
    enclave: Enclave, host: PlayHost
) -> None:
    host.show(domain("stranger", "somebody's"))
    assert await enclave.until(lambda: _has_vms(enclave), 60)
    with pytest.raises(Refused, match="1 VM is on it: somebody's"):
        await enclave.run("host.delete", {"host": "node01"})


async def test_an_empty_host_is_deleted_and_no_longer_contacted(
    enclave: Enclave, host: PlayHost
) -> None:
    await enclave.run("host.delete", {"host": "node01"})
    assert (await enclave.listing("hosts")).rows == []
    assert enclave.watch.seen == {}


# What is used of it


async def test_a_row_says_how_much_of_the_profile_is_used(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    await enclave.run("profile.create", {**PROFILE, "devices": "A100@41:00.0"})
    await enclave.run("host.edit", {"host": "node01", "profile": "half"})
    await enclave.run("config.start", {"config": config})
    host.show(domain("stranger"))  # 2 cores, 2048 MiB
    assert await enclave.until(lambda: _two_vms(enclave), 60)
    row = await only(enclave)
    assert (row.vms, row.cores_used, row.cores) == (2, 3, 32)
    assert (row.memory_used, row.memory_mib, row.devices) == (2240, 65536, 1)


async def _two_vms(enclave: Enclave) -> bool:
    return bool((await only(enclave)).vms == 2)


async def test_details_tell_what_libvirt_says_or_why_it_says_nothing(
    enclave: Enclave, host: PlayHost
) -> None:
    row = await only(enclave)
    told = {each.title: each for each in (await enclave.detail("hosts", row.id)).sections}
    assert ("hypervisor", "QEMU 7.2.22") in told["libvirt"].fields
    await enclave.run("host.change_state", {"host": "node01", "state": "disabled"})
    told = {each.title: each for each in (await enclave.detail("hosts", row.id)).sections}
    assert told["libvirt"].lines == ("The host is not contacted. Enable it first.",)


async def test_the_capabilities_are_shown_as_libvirts_xml(enclave: Enclave, host: PlayHost) -> None:
    assert await enclave.run("host.view_xml", {"host": "node01"}) == "<capabilities/>"


# What a form asks while it is filled in


async def test_a_form_is_told_what_is_wrong_field_by_field(enclave: Enclave) -> None:
    typed = {"name": "a\tb", "uri": "two words", "nat_port_base": "many", "nat_address": ""}
    assert enclave.complaints("host.create", None, typed) == {
        "name": "A name has 1 to 200 printable characters and no space at its ends; “a b” has not.",
        "uri": "A URI has 1 to 1000 printable characters and no space.",
        "nat_port_base": "Expected a whole number.",
    }


async def test_hosts_are_counted_without_what_is_on_them(
    enclave: Enclave, host: PlayHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enclave.services["hosts"], "rows", None)
    assert await enclave.count("hosts") == 1


async def test_who_may_not_list_hosts_may_not_count_them(
    enclave: Enclave, open_enclave: Opener
) -> None:
    await add_user(enclave.database, "ada", Role.USER)
    with pytest.raises(Refused, match="needs the role admin"):
        await (await open_enclave("ada")).count("hosts")
