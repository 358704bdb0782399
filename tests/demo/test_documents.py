"""What the demo gives to libvirt is what libvirt's own schemas allow."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from tests.schemas import fits
from ticrypt_tui.demo import fleet, guest, network
from ticrypt_tui.demo.places import Places


def test_every_network_fits_libvirts_schema(tmp_path: Path) -> None:
    documents = list(network._documents(Places(tmp_path)))
    assert documents
    assert all(fits(each, "network") for each in documents)


@pytest.mark.parametrize("disk", ["/pool/tiny.qcow2", "/a & b/'<tiny>'.qcow2"])
def test_the_guest_that_is_tried_out_fits_libvirts_schema(disk: str) -> None:
    assert fits(guest.document("ticrypt-probe-1", disk, "qemu"), "domain")


@pytest.mark.parametrize("gpu", [None, "0000:41:00.0"])
def test_a_vm_of_the_simulated_fleet_fits_libvirts_schema(gpu: str | None) -> None:
    assert fits(etree.tostring(fleet._domain("aln-1", 4, 16, gpu), encoding="unicode"), "domain")
