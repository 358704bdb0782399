"""Whom a screen's server must be vouched for by: the authorities that libvirt trusts here."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

from ticrypt_tui.backend.drivers.libvirt.uri import HostUri
from ticrypt_tui.backend.errors import Refused


def context(uri: HostUri) -> ssl.SSLContext:
    """A TLS context that verifies the server's certificate and name, with our own if we have one.

    The places are libvirt's (https://libvirt.org/kbase/tlscerts.html), also where its own TLS is
    told not to verify. Raises `Refused` where no authority is known.
    """
    for authority, certificate, key in _places(uri):
        if authority.is_file():
            return _made(authority, certificate, key)
    looked = ", ".join(str(authority) for authority, _, _ in _places(uri))
    raise Refused(
        f"No certificate authority is known that could vouch for {uri.machine}'s screens.",
        f"Looked for {looked}. Or reach the host by qemu+ssh.",
    )


def _made(authority: Path, certificate: Path, key: Path) -> ssl.SSLContext:
    try:
        made = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=authority)
        if certificate.is_file() and key.is_file():
            made.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise Refused(f"The certificates beside {authority} cannot be used: {error}.") from None
    return made


def _places(uri: HostUri) -> Iterator[tuple[Path, Path, Path]]:
    """Where the authority, our certificate and its key may be: the URI's, ours, the machine's."""
    for named in parse_qs(uri.query).get("pkipath", []):
        own = Path(named)
        yield own / "cacert.pem", own / "clientcert.pem", own / "clientkey.pem"
    mine = Path.home() / ".pki" / "libvirt"
    ours = mine / "clientcert.pem", mine / "clientkey.pem"
    yield mine / "cacert.pem", *ours
    yield Path.home() / ".pki/CA/cacert.pem", *ours
    every = Path("/etc/pki")
    yield (
        every / "CA/cacert.pem",
        every / "libvirt/clientcert.pem",
        every / "libvirt/private/clientkey.pem",
    )
