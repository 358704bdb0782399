"""The XML that a VM is started from is what libvirt's own schema allows, whatever people typed."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tests.schemas import fits
from ticrypt_tui.backend.drivers.base import DomainWanted, DriveWanted
from ticrypt_tui.backend.drivers.libvirt.copying import copying_document, target_document
from ticrypt_tui.backend.drivers.libvirt.description import described
from ticrypt_tui.backend.drivers.libvirt.documents import (
    LARGEST_SCRIPT,
    dhcp_server_of,
    domain_document,
)
from ticrypt_tui.backend.drivers.libvirt.encrypted import volume_document
from ticrypt_tui.backend.drivers.libvirt.pool_documents import PoolWanted, pool_document
from ticrypt_tui.backend.drivers.libvirt.secrets import secret_document
from ticrypt_tui.backend.drivers.libvirt.volumes import overlay_document
from ticrypt_tui.backend.drives.serials import serial_of
from ticrypt_tui.backend.errors import Failed

UUID = "7f3a0d52-4c1e-4b6f-9a80-0123456789ab"
WANTED = DomainWanted(
    vm_id=f"vm-{UUID}",
    title="analysis",
    cores=2,
    memory_mib=512,
    disk_path="/var/lib/libvirt/images/a & b.qcow2",
    network="default",
    virt_type="qemu",
    debug=True,
)
SERIAL = "/var/log/libvirt/qemu/a-serial.log"

# What XML can hold at all: volumes and networks with other names cannot be given to libvirt.
WORDS = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=300
)
ANYTHING = st.text(max_size=300)
DEVICES = st.from_regex(r"[0-9a-f]{4}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]", fullmatch=True)
DRIVES = st.builds(
    DriveWanted,
    path=WORDS.map(lambda words: f"/{words}x"),
    serial=ANYTHING.map(serial_of),
    read_only=st.booleans(),
    passphrase=st.just(b"what opens it"),
)
WANTS = st.builds(
    DomainWanted,
    vm_id=st.just(f"vm-{UUID}"),
    title=ANYTHING,
    cores=st.integers(1, 65535),  # libvirt counts no further, nor is any host larger
    memory_mib=st.integers(1, 2**31 - 1),
    disk_path=WORDS.map(lambda words: f"/{words}x"),
    network=WORDS,
    virt_type=st.sampled_from(["qemu", "kvm"]),
    debug=st.booleans(),
    disk_format=st.sampled_from(["qcow2", "raw"]),
    network_filter=st.sampled_from(["", "ticrypt-licensing", f"f{'x' * 299}"]),
    devices=st.lists(DEVICES, unique=True, max_size=8).map(tuple),
    startup_script=ANYTHING,
    drives=st.lists(DRIVES, max_size=30).map(tuple),
)


def made(**changes: object) -> etree._Element:
    """What libvirt gets of the wanted VM, with these changes."""
    wanted = replace(WANTED, **changes)  # type: ignore[arg-type]
    return etree.fromstring(domain_document(wanted, session=False, serial_log=SERIAL))


@given(wanted=WANTS, session=st.booleans(), serial_log=st.sampled_from([SERIAL, None]))
def test_every_document_fits_libvirts_schema(
    wanted: DomainWanted, session: bool, serial_log: str | None
) -> None:
    keys = [UUID for _ in wanted.drives]
    document = domain_document(wanted, session=session, serial_log=serial_log, secrets=keys)
    assert fits(document, "domain")
    assert "what opens it" not in document + repr(wanted)
    read = described(document, UUID)
    assert (read.cores, read.memory_mib) == (wanted.cores, wanted.memory_mib)
    assert (read.vm_id, read.serial_log) == (wanted.vm_id, serial_log)
    assert (read.has_screen, read.has_console) == (wanted.debug, True)
    assert read.devices == wanted.devices
    assert "\n" not in read.title


def test_the_document_is_read_back_as_what_was_wanted() -> None:
    read = described(domain_document(WANTED, session=False, serial_log=SERIAL), UUID)
    assert (read.title, read.cores, read.memory_mib) == ("analysis", 2, 512)
    assert (read.vm_id, read.serial_log) == (WANTED.vm_id, SERIAL)
    assert (read.has_screen, read.has_console, read.networked) == (True, True, True)


def test_a_domain_is_named_after_its_vms_id_whatever_the_vm_is_called() -> None:
    for title in ("", "x" * 300, "a/b", "-c", "../..", "[bold]\n\x1b[2J", "Ω 🧬"):
        assert made(title=title).findtext("name") == WANTED.vm_id


def test_only_a_debug_vm_has_a_screen_and_no_vm_listens_on_a_port() -> None:
    plain = made(debug=False)
    assert plain.find(".//graphics") is None
    assert plain.find(".//video") is None
    assert [dict(each.attrib) for each in made().iterfind(".//listen")] == [{"type": "socket"}]


def test_a_session_has_no_networks_and_gets_qemus_own() -> None:
    wanted = replace(WANTED, network_filter="ticrypt-licensing")
    document = domain_document(wanted, session=True, serial_log=None)
    assert not described(document, UUID).networked
    assert "filterref" not in document


def test_a_filter_is_referenced_on_the_vms_network() -> None:
    found = made(network_filter="ticrypt-licensing").find("devices/interface/filterref")
    assert found is not None
    assert dict(found.attrib) == {"filter": "ticrypt-licensing"}
    assert parameters(found) == {"CTRL_IP_LEARNING": "dhcp"}
    assert made().find(".//filterref") is None


def parameters(filtered: etree._Element) -> dict[str, str]:
    return {each.get("name", ""): each.get("value", "") for each in filtered}


def test_a_filter_listens_to_the_dhcp_server_of_libvirts_own_network() -> None:
    network = """<network><ip family='ipv6' address='fd00::1'><dhcp/></ip>
      <ip address='10.0.0.1'/><ip address='192.0.2.1' netmask='255.255.255.0'><dhcp/></ip>
    </network>"""
    assert dhcp_server_of(network) == "192.0.2.1"
    assert dhcp_server_of("<network><bridge name='br0'/></network>") == ""
    wanted = replace(WANTED, network_filter="licensing")
    document = domain_document(wanted, session=False, serial_log=None, dhcp_server="192.0.2.1")
    assert fits(document, "domain")
    found = etree.fromstring(document).find("devices/interface/filterref")
    assert found is not None
    assert parameters(found) == {"CTRL_IP_LEARNING": "dhcp", "DHCPSERVER": "192.0.2.1"}


def test_devices_are_given_by_their_own_address_and_taken_from_the_hosts_drivers() -> None:
    (device,) = made(devices=("0000:41:00.1",)).iterfind("devices/hostdev")
    assert dict(device.attrib) == {"mode": "subsystem", "type": "pci", "managed": "yes"}
    (address,) = device.iterfind("source/address")
    expected = {"domain": "0x0000", "bus": "0x41", "slot": "0x00", "function": "0x1"}
    assert dict(address.attrib) == expected


@given(script=ANYTHING.filter(bool))
def test_a_start_up_script_is_handed_over_in_what_cannot_be_taken_for_options(script: str) -> None:
    (entry,) = made(startup_script=f"{script},file=/etc/shadow").iterfind("sysinfo/entry")
    assert entry.get("name") == "opt/ticrypt/startup-script"
    handed_over = entry.text or ""
    assert not set(handed_over) & set(",&<>'\"\n")
    assert (
        b64decode(handed_over).decode()
        == (f"{script},file=/etc/shadow").encode(errors="replace").decode()
    )


def test_a_vm_without_a_start_up_script_is_handed_nothing() -> None:
    assert made().find("sysinfo") is None


def test_a_script_that_is_too_large_is_refused_with_the_bound() -> None:
    assert made(startup_script="x" * LARGEST_SCRIPT).find("sysinfo") is not None
    with pytest.raises(Failed, match=f"{LARGEST_SCRIPT + 2} bytes of at most {LARGEST_SCRIPT}"):
        made(startup_script="é" * (LARGEST_SCRIPT // 2 + 1))


def test_a_volume_is_used_in_its_own_format_as_a_file_or_as_a_device() -> None:
    raw = made(disk_path="/pool/a.img", disk_format="raw")
    device = made(disk_path="/dev/vg/a", disk_format="raw")
    assert [dict(disk.attrib)["type"] for disk in raw.iterfind(".//disk")] == ["file"]
    assert [dict(disk.attrib)["type"] for disk in device.iterfind(".//disk")] == ["block"]
    assert dict(device.iterfind(".//disk/source").__next__().attrib) == {"dev": "/dev/vg/a"}
    assert [dict(each.attrib)["type"] for each in raw.iterfind(".//disk/driver")] == ["raw"]


def test_a_guest_that_crashes_ends_and_one_that_reboots_does_not() -> None:
    document = made()
    assert document.findtext("on_crash") == document.findtext("on_poweroff") == "destroy"
    assert document.findtext("on_reboot") == "restart"
    assert document.find("devices/panic") is not None


def test_a_copied_document_is_not_taken_for_our_vm() -> None:
    document = domain_document(WANTED, session=False, serial_log=None)
    assert described(document, "00000000-0000-4000-8000-000000000000").vm_id is None


@pytest.mark.parametrize("broken", ["", "<domain>", "no XML"])
def test_a_document_that_says_nothing_is_no_crash(broken: str) -> None:
    with pytest.raises(Failed, match="cannot be read"):
        described(broken, UUID)


def test_a_number_that_is_none_counts_as_nothing() -> None:
    assert described("<domain><vcpu>many</vcpu></domain>", UUID).cores == 0


@given(
    size=st.integers(0, 2**63 - 1),
    backing=WORDS.map(lambda words: f"/{words}x"),
    form=st.sampled_from(["raw", "qcow2"]),
)
def test_every_overlay_fits_libvirts_schema(size: int, backing: str, form: str) -> None:
    assert fits(overlay_document(f"vm-{UUID}.qcow2", size, backing, form), "storagevol")


@pytest.mark.parametrize(
    "wanted",
    [
        PoolWanted("flash", "dir", "/srv/a & b"),
        PoolWanted("flash", "fs", "/srv/flash", "/dev/sdb1"),
        PoolWanted("flash", "netfs", "/srv/flash", "nas.example.org:/exports/flash"),
        PoolWanted("flash", "netfs", "/srv/flash", "[2001:db8::1]:/exports/flash"),
        PoolWanted("flash", "logical", "/dev/flash", "/dev/sdb /dev/sdc"),
        PoolWanted("flash", "logical", "/dev/flash"),
    ],
)
def test_every_kind_of_pool_fits_libvirts_schema(wanted: PoolWanted) -> None:
    assert fits(pool_document(wanted), "storagepool")


def test_a_drive_is_a_disk_with_its_serial_and_only_the_uuid_of_its_key() -> None:
    drives = tuple(
        DriveWanted(f"/pool/d{n}", serial_of(f"drive-{n}"), n == 0, b"secret") for n in range(27)
    )
    wanted = replace(WANTED, drives=drives)
    document = domain_document(
        wanted, session=False, serial_log=None, secrets=[f"{UUID[:-2]}{n:02}" for n in range(27)]
    )
    disks = etree.fromstring(document).findall("devices/disk")[1:]
    names = [str(disk.xpath("string(target/@dev)")) for disk in disks]
    assert (names[0], names[24:]) == ("vdb", ["vdz", "vdaa", "vdab"])
    assert [disk.findtext("serial") for disk in disks] == [drive.serial for drive in drives]
    assert [disk.find("readonly") is not None for disk in disks] == [True] + [False] * 26
    assert disks[3].xpath("string(source/encryption/secret/@uuid)") == f"{UUID[:-2]}03"


@given(path=WORDS, size=st.integers(1, 2**62), until=st.datetimes(timezones=st.just(UTC)))
def test_documents_of_volumes_and_secrets_fit_libvirts_schemas(
    path: str, size: int, until: datetime
) -> None:
    assert fits(secret_document(UUID, path, until), "secret")
    assert fits(volume_document(f"drive-{size}.luks", size, UUID), "storagevol")


def test_the_documents_of_a_copy_fit_libvirts_schemas() -> None:
    drive = DriveWanted("/pool/d1", "", False, b"secret")
    document = copying_document(UUID, drive, UUID)
    assert fits(document, "domain")
    assert target_document(drive, UUID) in document
