"""Libvirt's own schemas, against which every document is checked that is made here."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from lxml import etree

FOLDER = Path("/usr/share/libvirt/schemas")


@cache
def schema(kind: str) -> etree.RelaxNG:
    """The schema of that kind of document, such as `domain`."""
    file = FOLDER / f"{kind}.rng"
    if not file.exists():
        pytest.skip("libvirt's schemas are not installed: they come with libvirt0")
    return etree.RelaxNG(etree.parse(file))


def fits(document: str, kind: str) -> bool:
    """Whether a document is what libvirt's schema allows; raises with what is not."""
    schema(kind).assertValid(etree.fromstring(document))
    return True
