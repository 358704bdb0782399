"""What both sides prove to each other; a server that asks for less than it must is refused.

Security types: None (1), VNC authentication (2, RFC 6143 7.2.2), and VeNCrypt (19, of rfbproto)
with X.509 certificates.
"""

from __future__ import annotations

import ssl
from struct import Struct

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

from ticrypt_tui.backend.vnc.access import Access
from ticrypt_tui.backend.vnc.errors import ScreenLost, ScreenRefused
from ticrypt_tui.backend.vnc.wire import U8, U32, Wire
from ticrypt_tui.text import shown

NONE, VNC, VENCRYPT = 1, 2, 19
X509_NONE, X509_VNC = 260, 261
KINDS = {
    NONE: "nothing", VNC: "a VNC password", 16: "Tight's own", VENCRYPT: "VeNCrypt", 20: "SASL",
    256: "a plain password", 257: "TLS without a certificate",
    258: "TLS without a certificate and a VNC password",
    259: "TLS without a certificate and a plain password",
    X509_NONE: "TLS", X509_VNC: "TLS and a VNC password", 262: "TLS and a plain password",
    263: "TLS and SASL", 264: "TLS without a certificate and SASL",
}  # fmt: skip


async def prove(wire: Wire, offered: bytes, access: Access) -> None:
    """Chooses what `access` asks for, and does it; raises `ScreenRefused` and `ScreenLost`."""
    if access.tls is not None:
        _choose(wire, VENCRYPT, offered)
        await _encrypt(wire, access.tls, access)
    else:
        _choose(wire, VNC if access.password is not None else NONE, offered)
    if access.password is not None:
        wire.write(response(await wire.take(16), access.password))
    if await wire.number(U32) != 0:
        raise ScreenRefused(f"The VM's screen refused: {await wire.text()}.")


def response(challenge: bytes, password: bytes) -> bytes:
    """The answer of VNC authentication: DES, whose key has the bits of each byte turned round."""
    key = bytes(int(f"{byte:08b}"[::-1], 2) for byte in password[:8].ljust(8, b"\0"))
    encryptor = Cipher(TripleDES(key * 3), modes.ECB()).encryptor()
    return encryptor.update(challenge) + encryptor.finalize()


def _choose(wire: Wire, kind: int, offered: bytes) -> None:
    _expect(kind, offered)
    wire.write(bytes([kind]))


def _expect(kind: int, offered: bytes | tuple[int, ...]) -> None:
    if kind in offered:
        return
    kinds = ", ".join(KINDS.get(each, f"type {each}") for each in sorted(set(offered)))
    raise ScreenRefused(
        f"The VM's screen asks for {kinds}, where {KINDS[kind]} was expected.",
        "Its graphics may have been changed since it started, or another machine answers there.",
        asks=offered,
    )


async def _encrypt(wire: Wire, context: ssl.SSLContext, access: Access) -> None:
    await _agree_on_vencrypt(wire)
    kind = X509_NONE if access.password is None else X509_VNC
    count = await wire.number(U8)
    _expect(kind, await wire.fields(Struct(f">{count}I")))
    wire.write(U32.pack(kind))
    if await wire.number(U8) != 1:
        raise ScreenRefused("The VM's screen refused to encrypt.")
    try:
        await wire.secure(context, access.server_name)
    except ssl.SSLCertVerificationError as error:
        why = shown(error.verify_message)
        raise ScreenRefused(f"The certificate of the VM's screen is not trusted: {why}.") from error
    except OSError as error:
        raise ScreenLost(f"The VM's screen could not be encrypted: {shown(error)}.") from error


async def _agree_on_vencrypt(wire: Wire) -> None:
    if await wire.take(2) < b"\x00\x02":
        raise ScreenRefused("The VM's screen speaks an old VeNCrypt that cannot be trusted.")
    wire.write(b"\x00\x02")
    if await wire.number(U8) != 0:
        raise ScreenRefused("The VM's screen does not agree on a version of VeNCrypt.")
