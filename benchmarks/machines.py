"""Which hosts and VMs a large enclave has: for those who fill it, and for those who play it.

What fills one is apart: whoever measures a console's memory must not have imported it.
"""

from __future__ import annotations

HOSTS, VMS = 200, 50


def host_id(host: int) -> str:
    return f"host-{host:03}"


def uuid(host: int, number: int) -> str:
    """The UUID of a host's VM."""
    return f"00000000-0000-4000-8000-{host:06}{number:06}"
