"""What libvirt itself says a host can do, as the XML that it gives."""

from __future__ import annotations

from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.hosts.hosts import HostRow


@operation(
    "host.view_xml",
    Argument("host", "object", says="a host's ID or name"),
    on="host",
    says="Show a host's capabilities as libvirt's XML.",
    changes=False,
)
async def view_xml(call: Call, host: HostRow) -> str:
    """The capabilities as XML; raises `HostUnreachable` where the host does not answer."""
    return await call.enclave.watch.host(host.id).capabilities()
