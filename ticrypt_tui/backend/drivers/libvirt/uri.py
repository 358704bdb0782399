"""Where a libvirt URI leads: read once, asked by everything that treats hosts differently."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, quote, urlsplit

from ticrypt_tui.backend.errors import WrongUse

HYPERVISORS = ("qemu", "test")
TRANSPORTS = ("", "unix", "ssh", "libssh", "libssh2", "tls", "tcp", "ext")
SSH_TRANSPORTS = ("ssh", "libssh", "libssh2")
EXAMPLES = "Such as qemu:///system or qemu+ssh://root@host/system."

# ssh with limits that the user's own ssh configuration overrides.
SSH = str(Path(__file__).parent / "ssh" / "ssh")


@dataclass(frozen=True, slots=True)
class HostUri:
    """A libvirt connection URI, taken apart (https://libvirt.org/uri.html)."""

    text: str
    hypervisor: str
    transport: str
    machine: str
    user: str
    port: int | None
    path: str
    key_file: str
    verified: bool
    ssh_program: str
    query: str

    @property
    def simulated(self) -> bool:
        """Whether libvirt only plays the hypervisor."""
        return self.hypervisor == "test"

    @property
    def played_here(self) -> bool:
        """Whether it is this process that plays it."""
        return self.simulated and self.local

    @property
    def session(self) -> bool:
        """Whether the hypervisor is a user's own, without the machine's networks.

        Root's own is the machine's: libvirt treats the two paths alike for it.
        """
        root = os.geteuid() == 0 if self.local else self.user == "root"
        return self.path == "/session" and not root

    @property
    def by_ssh(self) -> bool:
        return self.transport in SSH_TRANSPORTS

    @property
    def local(self) -> bool:
        """Whether the host's files are this machine's files."""
        return not self.machine and self.transport in ("", "unix")

    @property
    def opened(self) -> str:
        """The URI as libvirt gets it.

        ssh must never ask on the terminal (`no_tty` is its batch mode), and gives up by itself.
        """
        if self.transport != "ssh":
            return self.text
        own = {"no_tty": "1", "command": quote(SSH, safe="/")}
        named = parse_qs(self.query)
        more = [f"{key}={value}" for key, value in own.items() if key not in named]
        base = self.text.partition("?")[0]
        return f"{base}?{'&'.join([self.query, *more] if self.query else more)}"


def parsed(text: str, host: str) -> HostUri:
    """The URI of the host of that name. Raises `WrongUse`, naming both and what is expected."""
    parts, port = _split(text, host)
    hypervisor, _, transport = parts.scheme.partition("+")
    if not hypervisor:
        raise WrongUse(f"Host {host}: {text!r} is not a libvirt URI.", EXAMPLES)
    if hypervisor not in HYPERVISORS:
        raise WrongUse(f"Host {host}: URI {text} is for {hypervisor}, not for QEMU.", EXAMPLES)
    if transport not in TRANSPORTS:
        raise WrongUse(f"Host {host}: URI {text} has no known transport: {transport}.", EXAMPLES)
    if transport in SSH_TRANSPORTS and not parts.hostname:
        raise WrongUse(f"Host {host}: URI {text} names no machine for ssh.", EXAMPLES)
    if not parts.path.strip("/"):
        raise WrongUse(f"Host {host}: URI {text} has no path.", EXAMPLES)
    query = parse_qs(parts.query)
    return HostUri(
        text=text,
        hypervisor=hypervisor,
        transport=transport,
        machine=parts.hostname or "",
        user=parts.username or "",
        port=port,
        path=parts.path,
        key_file=query.get("keyfile", [""])[0],
        verified=query.get("no_verify", ["0"])[0] != "1",
        ssh_program=query.get("command", [SSH])[0],
        query=parts.query,
    )


def _split(text: str, host: str) -> tuple[SplitResult, int | None]:
    try:
        if not text.isprintable() or " " in text:
            raise ValueError("blanks or control characters")
        parts = urlsplit(text)
        return parts, parts.port
    except ValueError as error:
        raise WrongUse(f"Host {host}: {text!r} is not a URI: {error}.", EXAMPLES) from error
