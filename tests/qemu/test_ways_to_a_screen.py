"""The ways to real VNC servers: handed over by libvirt, through an sshd, and by TLS."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import libvirt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from tests.backend.drivers.conftest import Ears
from tests.end_to_end import ssh_server
from tests.end_to_end.ssh_server import SshServer
from tests.qemu.test_libvirt_by_ssh import processes
from ticrypt_tui.backend.drivers import driver
from ticrypt_tui.backend.drivers.base import Host, HostAddress
from ticrypt_tui.backend.drivers.graphics import Graphics
from ticrypt_tui.backend.drivers.libvirt import tunnels
from ticrypt_tui.backend.drivers.libvirt.graphics import Listening
from ticrypt_tui.backend.drivers.libvirt.network import open_by_network
from ticrypt_tui.backend.drivers.libvirt.uri import SSH, HostUri, parsed
from ticrypt_tui.backend.errors import Failed, HostUnreachable, Refused, TicryptError
from ticrypt_tui.backend.vnc.errors import ScreenRefused
from ticrypt_tui.backend.vnc.ways import Connection, connect

PASSWORD = "geheim!8"
DOMAIN = """
<domain type='qemu'>
  <name>{name}</name><uuid>{uuid}</uuid><memory unit='MiB'>32</memory><vcpu>1</vcpu>
  <os><type arch='x86_64'>hvm</type></os><devices>{graphics}</devices>
</domain>
"""
SOCKET = "<graphics type='vnc'><listen type='socket'/></graphics>"
PORT = f"<graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1' passwd='{PASSWORD}'/>"
NOWHERE = "<graphics type='vnc'><listen type='none'/></graphics>"


@pytest.fixture
def uri(server: SshServer, tmp_path: Path) -> str:
    """This machine as a remote host, by the console's ssh with known hosts of the test's own."""
    program = tmp_path / "ssh"
    program.write_text(f'#!/bin/sh\nexec {SSH} -o UserKnownHostsFile={tmp_path}/known "$@"\n')
    program.chmod(0o755)
    return f"{server.uri}&command={program}"


@pytest.fixture
def firmware(connection: libvirt.virConnect) -> Iterator[Callable[[str], str]]:
    """Starts domains that sit in their firmware; gives their UUIDs."""
    started = []

    def start(graphics: str) -> str:
        name, its = f"way-{secrets.token_hex(4)}", str(uuid.uuid4())
        document = DOMAIN.format(name=name, uuid=its, graphics=graphics)
        started.append(connection.createXML(document))
        return its

    yield start
    for domain in started:
        with suppress(libvirt.libvirtError):
            domain.destroy()


@pytest.fixture
async def remote(uri: str) -> AsyncIterator[Host]:
    host = driver("libvirt").host(HostAddress("h", "lab", "node1", uri), Ears())
    await host.connect()
    yield host
    await host.close()


async def size(connection: Connection) -> tuple[int, int]:
    """The size of the first picture, on a way that is closed then."""
    async with asyncio.timeout(60):
        await connection.client.update()
    await connection.close()
    return connection.client.framebuffer.width, connection.client.framebuffer.height


def folders() -> set[str]:
    where = {os.environ.get("XDG_RUNTIME_DIR") or "/tmp", tempfile.gettempdir()}
    return {str(path) for each in where for path in Path(each).glob("ticrypt-screen-*")}


@pytest.mark.slow(seconds=8)
async def test_a_screen_of_another_machine_comes_through_ssh_and_leaves_nothing_behind(
    remote: Host, server: SshServer, firmware: Callable[[str], str]
) -> None:
    by_socket, by_port = firmware(SOCKET), firmware(PORT)
    before, theirs = folders(), f"ssh .*-[LW] .*-p {server.port} "
    for its in (by_socket, by_port):
        connection = await connect(lambda its=its: remote.open_graphics(its))  # type: ignore[misc]
        assert len(processes(theirs)) == 1
        assert folders() == before  # the socket's name is gone once we are through
        assert PASSWORD not in repr(connection.graphics)
        assert (await size(connection))[0] in (640, 720)
        await Ears.until(lambda: not processes(theirs))
    with pytest.raises(Refused, match="listens nowhere"):
        await remote.open_graphics(firmware(NOWHERE))


@pytest.mark.slow(seconds=4)
async def test_an_ssh_that_does_not_come_through_says_why(
    uri: str, server: SshServer, tmp_path: Path
) -> None:
    async def refusal(to: Listening, through: str = uri) -> TicryptError:
        with pytest.raises(TicryptError) as refused:
            await connect(lambda: tunnels.open_tunnel("node1", parsed(through, "node1"), to))
        return refused.value

    before = folders()
    port = ssh_server.free_port()
    odd = Listening(path=f"{tmp_path}/no:bo%dy")
    for to in (odd, Listening(address="127.0.0.1", port=port)):
        told = await refusal(to)
        assert "Host node1: nothing answers where the VM's screen is." in str(told)
    other = tmp_path / "other"
    made = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(other)]
    subprocess.run(made, check=True, timeout=60)
    strange = uri.replace(str(server.folder / "client"), str(other))
    for to in (Listening(path=f"{tmp_path}/nobody"), Listening(address="127.0.0.1", port=port)):
        told = await refusal(to, strange)
        assert isinstance(told, HostUnreachable)
        assert "accepts none of this user's keys" in str(told)
    with pytest.raises(Refused, match="strange place"):
        await tunnels.open_tunnel("node1", parsed(uri, "node1"), Listening(path="/x/${HOME}"))
    assert folders() == before
    assert not processes(f"ssh .*-[LW] .*-p {server.port} ")


@pytest.mark.slow(seconds=3)
async def test_a_local_screen_is_handed_over_without_its_password(
    connection: libvirt.virConnect, firmware: Callable[[str], str], libvirtd: object
) -> None:
    host = driver("libvirt").host(HostAddress("h", "lab", "here", connection.getURI()), Ears())
    for graphics in (PORT, NOWHERE):
        its = firmware(graphics)
        assert (await size(await connect(lambda its=its: host.open_graphics(its))))[0]  # type: ignore[misc]
    await host.close()


# TLS


def certified(folder: Path, name: str, issuer: Path | None = None) -> Path:
    """A folder with `name`'s certificate, by the authority of another folder or its own."""
    folder.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    ours, signing = subject, key
    if issuer is not None:
        ours = x509.load_pem_x509_certificate((issuer / "ca-cert.pem").read_bytes()).subject
        loaded = load_pem_private_key((issuer / "server-key.pem").read_bytes(), None)
        assert isinstance(loaded, ec.EllipticCurvePrivateKey)
        signing = loaded
        shutil.copy(issuer / "ca-cert.pem", folder)
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(ours, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(issuer is None, None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(signing, hashes.SHA256())
    )
    file = "ca-cert.pem" if issuer is None else "server-cert.pem"
    (folder / file).write_bytes(certificate.public_bytes(Encoding.PEM))
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server-key.pem").write_bytes(secret)
    shutil.copy(folder / "ca-cert.pem", folder / "cacert.pem")
    return folder


@pytest.fixture
def encrypted(tmp_path: Path) -> Iterator[Callable[[str], int]]:
    """Starts QEMUs whose VNC wants TLS, certified for a name; gives their ports."""
    if shutil.which("qemu-system-x86_64") is None:
        pytest.skip("qemu-system-x86 is not installed")
    running = []

    def start(name: str) -> int:
        folder = certified(tmp_path / name, name, tmp_path / "authority")
        port = ssh_server.free_port()
        tls = f"tls-creds-x509,id=tls,dir={folder},endpoint=server,verify-peer=off"
        vnc = f"127.0.0.1:{port - 5900},tls-creds=tls"
        words = ["-accel", "tcg", "-nodefaults", "-vga", "std", "-object", tls, "-vnc", vnc]
        running.append(subprocess.Popen(["qemu-system-x86_64", "-m", "32", *words]))
        return port

    certified(tmp_path / "authority", "An authority")
    yield start
    for process in running:
        process.kill()
        process.wait()


@pytest.mark.slow(seconds=5)
async def test_tls_is_verified_on_every_way(
    encrypted: Callable[[str], int], tmp_path: Path
) -> None:
    async def entered(port: int, uri: HostUri, *, private: bool) -> Connection:
        to = Listening(address="127.0.0.1", port=port)
        await Ears.until(lambda: listens(port))

        async def way() -> Graphics:
            return replace(await open_by_network("node1", uri, to), private=private)

        return await connect(way)

    def known(authority: str) -> HostUri:
        return parsed(f"qemu+tls://localhost/system?pkipath={tmp_path / authority}", "node1")

    certified(tmp_path / "stranger", "A stranger")
    ours, wrong = encrypted("localhost"), encrypted("elsewhere")
    for private in (False, True):  # where it may do without, too, it is what the server wants
        connection = await entered(ours, known("authority"), private=private)
        assert (await size(connection))[0] in (640, 720)
    for port, uri in ((wrong, known("authority")), (ours, known("stranger"))):
        for private in (False, True):
            with pytest.raises(ScreenRefused, match="not trusted"):
                await entered(port, uri, private=private)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def test_without_tls_nothing_goes_by_the_network_but_on_this_machine() -> None:
    tls = parsed("qemu+tls://node1.example/system", "node1")
    for to in (Listening(path="/run/vnc"), Listening(address="127.0.0.1", port=5900)):
        with pytest.raises(Refused, match="listens for that one alone"):
            await open_by_network("node1", tls, to)
    here = parsed("qemu+tcp://127.0.0.1/system", "node1")
    to = Listening(address="0.0.0.0", port=ssh_server.free_port())
    with pytest.raises(Failed, match=r"127\.0\.0\.1 port .* was not reached"):
        await open_by_network("node1", here, to)
