"""What libvirt and ssh complain of becomes a sentence on what is wrong and what would help."""

from __future__ import annotations

import pytest

from ticrypt_tui.backend.drivers.libvirt.faults import why_unreachable
from ticrypt_tui.backend.drivers.libvirt.uri import parsed

URI = parsed("qemu+ssh://mara@node1:2222/system?keyfile=/k", "node1")


@pytest.mark.parametrize(
    ("words", "meaning", "remedy"),
    [
        (
            "End of file while reading data: Host key verification failed.: Input/output error",
            "does not know node1's host key",
            "`ssh -p 2222 -i /k mara@node1`",
        ),
        (
            "End of file while reading data: mara@node1: Permission denied (publickey,password)",
            "accepts none of this user's keys",
            "must work without a question",
        ),
        ("ssh: Could not resolve hostname node1: Name or service not known", "not known", "name"),
        ("ssh: connect to host node1 port 2222: Connection refused", "refuses", "the port"),
        ("Connection timed out during banner exchange", "cannot be reached", "firewalls"),
        ("ssh: connect to host node1 port 2222: No route to host", "cannot be reached", "address"),
        ("sh: 1: nc: not found", "has no libvirt to talk to", "Install"),
        ("Failed to connect socket to '/run/s': No such file or directory", "no libvirt", "Start"),
        ("Unable to get system bus connection: No such file or directory", "polkit", "D-Bus"),
        ("Failed to connect socket to '/run/s': Permission denied", "may not use", "group libvirt"),
        ("authentication unavailable: no polkit agent", "may not use", "group libvirt"),
        ("End of file while reading data", "ended the connection", "log"),
    ],
)
def test_each_known_complaint_is_explained(words: str, meaning: str, remedy: str) -> None:
    fault = why_unreachable(words, "node1", URI)
    assert fault.sentence.startswith("Host node1 (qemu+ssh://mara@node1:2222/system?keyfile=/k): ")
    assert meaning in fault.sentence
    assert remedy in fault.remedy


def test_an_unknown_complaint_is_passed_on() -> None:
    assert "the moon is full" in why_unreachable("the moon is full", "node1", URI).sentence
