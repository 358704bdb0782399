"""A host's URI is understood, or refused in one sentence that names host and URI."""

from __future__ import annotations

import pytest

from ticrypt_tui.backend.drivers.libvirt.uri import SSH, parsed
from ticrypt_tui.backend.errors import WrongUse


@pytest.mark.parametrize(
    ("uri", "complaint"),
    [
        ("", "is not a libvirt URI"),
        ("qemu", "is not a libvirt URI"),
        ("qemu://[::1/system", "is not a URI"),
        ("qemu+ssh://root@node1:ssh/system", "is not a URI"),
        ("qemu:///sys tem", "is not a URI"),
        ("qemu:///system\x1b[2J", "is not a URI"),
        ("esx://vcenter/", "is for esx, not for QEMU"),
        ("qemu+carrier-pigeon://node1/system", "no known transport: carrier-pigeon"),
        ("qemu+ssh:///system", "names no machine for ssh"),
        ("qemu+ssh://node1", "has no path"),
    ],
)
def test_what_leads_nowhere_is_refused_with_an_example(uri: str, complaint: str) -> None:
    with pytest.raises(WrongUse) as refusal:
        parsed(uri, "node1")
    assert complaint in refusal.value.sentence
    assert "node1" in refusal.value.sentence
    assert "qemu:///system" in refusal.value.remedy
    assert "\x1b" not in str(refusal.value)


def test_ssh_is_told_never_to_ask_and_to_give_up_by_itself() -> None:
    opened = parsed("qemu+ssh://root@node1/system?keyfile=/k", "node1").opened
    assert opened == f"qemu+ssh://root@node1/system?keyfile=/k&no_tty=1&command={SSH}"


def test_what_the_uri_says_of_ssh_itself_is_kept() -> None:
    uri = parsed("qemu+ssh://node1/system?command=/opt/ssh&no_tty=0", "node1")
    assert uri.opened == uri.text
    assert uri.ssh_program == "/opt/ssh"


def test_user_port_key_and_trust_are_read_from_the_uri() -> None:
    uri = parsed("qemu+ssh://mara@[2001:db8::7]:2222/system?keyfile=/k&no_verify=1", "node1")
    assert (uri.user, uri.machine, uri.port) == ("mara", "2001:db8::7", 2222)
    assert (uri.key_file, uri.verified, uri.by_ssh, uri.local) == ("/k", False, True, False)


@pytest.mark.parametrize(
    ("uri", "local", "simulated"),
    [
        ("qemu:///system", True, False),
        ("qemu+unix:///system?socket=/run/other", True, False),
        ("qemu+tls://node1/system", False, False),
        ("test:///default", True, True),
    ],
)
def test_where_a_host_is_follows_from_its_uri(uri: str, local: bool, simulated: bool) -> None:
    assert parsed(uri, "node1").local is local
    assert parsed(uri, "node1").simulated is simulated
