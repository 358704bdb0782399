"""Where a running domain's XML says that its VNC server listens."""

from __future__ import annotations

import pytest
from lxml import etree

from ticrypt_tui.backend.drivers.libvirt.graphics import Listening, listening_of
from ticrypt_tui.backend.errors import Refused

HERE = "127.0.0.1"


@pytest.mark.parametrize(
    ("inside", "expected", "near", "loopback"),
    [
        ("><listen type='socket' socket='/run/vnc'/>", Listening("/run/vnc"), None, True),
        (f" port='5900' listen='{HERE}'>", Listening("", HERE, 5900), (HERE, 5900), True),
        (" port='5901'><listen type='address' address='0.0.0.0'/>",
         Listening("", "0.0.0.0", 5901), (HERE, 5901), False),
        (" port='5902'><listen type='network' address='::' network='x'/>",
         Listening("", "::", 5902), ("::1", 5902), False),
        (" port='5903'><listen type='address' address='192.0.2.1'/>",
         Listening("", "192.0.2.1", 5903), ("192.0.2.1", 5903), False),
    ],
)  # fmt: skip
def test_a_server_is_found_where_it_listens(
    inside: str, expected: Listening, near: tuple[str, int] | None, loopback: bool
) -> None:
    found = listening_of(etree.fromstring(f"<graphics type='vnc'{inside}</graphics>"))
    assert (found, found.loopback) == (expected, loopback)
    assert near in (None, found.near)


@pytest.mark.parametrize("port", ["-1", "0", "65536", "٣٣", "5900;id", ""])
def test_one_that_listens_nowhere_is_refused(port: str) -> None:
    element = etree.fromstring(f"<graphics type='vnc' port='{port}' listen='{HERE}'/>")
    with pytest.raises(Refused, match="listens nowhere"):
        listening_of(element)
