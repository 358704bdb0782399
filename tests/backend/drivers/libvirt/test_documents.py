"""The XML that a VM is started from is what libvirt's own schema allows, whatever people typed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ticrypt_tui.backend.drivers.base import DomainWanted
from ticrypt_tui.backend.drivers.libvirt.description import described
from ticrypt_tui.backend.drivers.libvirt.documents import domain_document
from ticrypt_tui.backend.errors import Failed

SCHEMA = Path("/usr/share/libvirt/schemas/domain.rng")
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


@pytest.fixture(scope="module")
def schema() -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(SCHEMA))


def valid(schema: etree.RelaxNG, document: str) -> bool:
    schema.assertValid(etree.fromstring(document))
    return True


@pytest.mark.parametrize("virt_type", ["qemu", "kvm"])
@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("session", [True, False])
@pytest.mark.parametrize("serial_log", [SERIAL, None])
def test_every_kind_of_document_fits_libvirts_schema(
    schema: etree.RelaxNG, virt_type: str, debug: bool, session: bool, serial_log: str | None
) -> None:
    wanted = replace(WANTED, virt_type=virt_type, debug=debug)
    assert valid(schema, domain_document(wanted, session=session, serial_log=serial_log))


@given(title=st.text(max_size=60))
def test_any_title_makes_a_document_that_fits(schema: etree.RelaxNG, title: str) -> None:
    document = domain_document(replace(WANTED, title=title), session=False, serial_log=None)
    assert valid(schema, document)
    assert "\n" not in described(document, UUID).title


def test_the_document_is_read_back_as_what_was_wanted() -> None:
    read = described(domain_document(WANTED, session=False, serial_log=SERIAL), UUID)
    assert (read.title, read.cores, read.memory_mib) == ("analysis", 2, 512)
    assert (read.vm_id, read.serial_log) == (WANTED.vm_id, SERIAL)
    assert (read.has_screen, read.has_console, read.networked) == (True, True, True)


def test_only_a_debug_vm_has_a_screen_and_no_vm_listens_on_a_port() -> None:
    plain = domain_document(replace(WANTED, debug=False), session=False, serial_log=None)
    screen = etree.fromstring(domain_document(WANTED, session=False, serial_log=None))
    assert "graphics" not in plain
    assert [dict(each.attrib) for each in screen.iterfind(".//listen")] == [{"type": "socket"}]


def test_a_session_has_no_networks_and_gets_qemus_own() -> None:
    assert not described(domain_document(WANTED, session=True, serial_log=None), UUID).networked


def test_a_copied_document_is_not_taken_for_our_vm() -> None:
    document = domain_document(WANTED, session=False, serial_log=None)
    assert described(document, "00000000-0000-4000-8000-000000000000").vm_id is None


@pytest.mark.parametrize("broken", ["", "<domain>", "no XML"])
def test_a_document_that_says_nothing_is_no_crash(broken: str) -> None:
    with pytest.raises(Failed, match="cannot be read"):
        described(broken, UUID)


def test_a_number_that_is_none_counts_as_nothing() -> None:
    assert described("<domain><vcpu>many</vcpu></domain>", UUID).cores == 0
