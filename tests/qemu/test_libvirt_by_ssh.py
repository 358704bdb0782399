"""A host behind ssh: read, followed, lost, and explained when it cannot be reached."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.backend.drivers.conftest import Ears
from tests.end_to_end import ssh_server
from tests.end_to_end.ssh_server import SshServer
from ticrypt_tui.backend.drivers import driver
from ticrypt_tui.backend.drivers.base import Ability, HostAddress, LogKind, Reach
from ticrypt_tui.backend.drivers.libvirt.remote_log import RemoteLog
from ticrypt_tui.backend.drivers.libvirt.uri import SSH, parsed
from ticrypt_tui.backend.drivers.watch import Watch
from ticrypt_tui.backend.errors import Failed, HostUnreachable, Refused

Uri = Callable[..., str]


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
async def watch(ears: Ears) -> AsyncIterator[Watch]:
    watch = Watch({"lab": driver("libvirt")}, ears, poll=1)
    yield watch
    await watch.close()


@pytest.fixture
def uri(server: SshServer, tmp_path: Path) -> Uri:
    """The server's URI, by the console's ssh with known hosts of the test's own."""
    program = tmp_path / "ssh"
    known = tmp_path / "known_hosts"
    program.write_text(f'#!/bin/sh\nexec {SSH} -o UserKnownHostsFile={known} "$@"\n')
    program.chmod(0o755)

    def made(*, port: int = server.port, key: str = "client", trusting: bool = True) -> str:
        return (
            f"qemu+ssh://root@127.0.0.1:{port}/system?keyfile={server.folder / key}"
            f"&command={program}{'&no_verify=1' if trusting else ''}"
        )

    return made


async def complaint(uri: str, watch: Watch) -> str:
    """What is said of a host that cannot be reached."""
    watch.follow([HostAddress("h", "lab", "node1", uri)])
    await watch.settled(60)
    seen = watch.seen["h"]
    assert seen.reach is Reach.UNREACHABLE
    assert f"Host node1 ({uri})" in seen.detail
    return seen.detail


async def test_a_host_behind_ssh_is_read_and_acted_on_like_any_other(
    libvirtd: object, watch: Watch, uri: Uri
) -> None:
    watch.follow([HostAddress("h", "lab", "node1", uri())])
    await watch.settled(60)
    assert watch.seen["h"].reach is Reach.UP
    assert isinstance(await watch.host("h").pools(), tuple)


async def test_what_another_machine_lacks_for_a_pool_is_said_by_its_own_libvirt(
    libvirtd: object, watch: Watch, uri: Uri, tmp_path: Path
) -> None:
    """Its programs cannot be looked for from here, as those of this machine are."""
    watch.follow([HostAddress("h", "lab", "node1", uri())])
    await watch.settled(60)
    host, name = watch.host("h"), f"storage-{secrets.token_hex(4)}"
    (netfs,) = [each for each in await host.pool_types() if each.name == "netfs"]
    assert netfs.available
    with pytest.raises(Refused, match=f"Pool {name} was not made. Host node1: .*mount"):
        await host.create_pool(name, "netfs", str(tmp_path), "127.0.0.1:/nothing")
    assert name not in {each.name for each in await host.pools()}
    assert (await host.facts()).hypervisor == "QEMU"
    assert host.why_not(Ability.SCREEN) == ""


async def test_a_key_that_is_not_accepted_is_named(watch: Watch, uri: Uri, tmp_path: Path) -> None:
    other = tmp_path / "sshd" / "other"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(other)]
    subprocess.run(command, check=True, timeout=60)
    assert "127.0.0.1 accepts none of this user's keys" in await complaint(uri(key="other"), watch)


async def test_an_unknown_host_key_is_not_accepted_by_itself(watch: Watch, uri: Uri) -> None:
    said = await complaint(uri(trusting=False), watch)
    assert "does not know 127.0.0.1's host key" in said
    assert "Log in once by `ssh -p" in said


async def test_a_port_where_nobody_listens_is_said_to_refuse(watch: Watch, uri: Uri) -> None:
    said = await complaint(uri(port=ssh_server.free_port()), watch)
    assert "127.0.0.1's ssh server refuses connections" in said


@pytest.mark.slow(seconds=9)
async def test_a_server_that_never_answers_is_given_up(watch: Watch, uri: Uri) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hole:
        said = await complaint(uri(port=hole.getsockname()[1]), watch)
    assert "127.0.0.1 cannot be reached by the network" in said


async def test_a_connection_that_drops_is_seen_and_made_again(
    libvirtd: object, watch: Watch, uri: Uri, server: SshServer, ears: Ears
) -> None:
    watch.follow([HostAddress("h", "lab", "node1", uri())])
    await watch.settled(60)
    sessions = processes(f"ssh .*-p {server.port} ")
    for session in sessions:
        os.kill(session, signal.SIGKILL)
    await ears.until(lambda: not set(sessions) & set(processes(f"ssh .*-p {server.port} ")))
    died = datetime.now(UTC)
    await ears.until(lambda: watch.seen["h"].fresh and (watch.seen["h"].read_at or died) > died)
    await ears.until(lambda: processes(f"ssh .*-p {server.port} "))


async def test_nothing_of_ssh_reaches_the_terminal(
    watch: Watch, uri: Uri, capfd: pytest.CaptureFixture[str]
) -> None:
    await complaint(uri(trusting=False), watch)
    log = RemoteLog(LogKind.SERIAL, "node1", parsed(uri(trusting=False), "node1"), "/nowhere")
    with pytest.raises(HostUnreachable, match="host key"):
        await log.last(10)
    assert capfd.readouterr() == ("", "")


@pytest.fixture
def remote(uri: Uri, tmp_path: Path) -> RemoteLog:
    path = tmp_path / "a 'quoted' $(name).log"
    path.write_bytes(b"first\n")
    return RemoteLog(LogKind.SERIAL, "node1", parsed(uri(), "node1"), str(path))


def path_of(log: RemoteLog) -> Path:
    return Path(log.where.partition(":")[2])


async def test_a_remote_log_is_read_whatever_its_name(remote: RemoteLog) -> None:
    assert await remote.last(100) == b"first\n"
    assert await remote.last(3) == b"st\n"


async def test_a_remote_log_that_is_not_there_says_so(remote: RemoteLog) -> None:
    path_of(remote).unlink()
    with pytest.raises(Failed, match=r"Host node1: .*No such file"):
        await remote.last(10)
    with pytest.raises(Failed, match=r"Host node1: .*No such file"):
        await anext(remote.follow())


@pytest.mark.slow(seconds=4)
async def test_a_remote_log_is_followed_over_rotation_and_leaves_no_reader_behind(
    remote: RemoteLog,
) -> None:
    path = path_of(remote)
    mark = secrets.token_hex(8)
    path = path.rename(path.with_name(mark))
    remote = RemoteLog(LogKind.SERIAL, "node1", remote._uri, str(path))
    async with asyncio.timeout(60), aclosing(remote.follow()) as pieces:
        assert await anext(pieces) == b"first\n"
        path.rename(f"{path}.0")
        path.write_bytes(b"rotated\n")
        assert await anext(pieces) == b"rotated\n"
        assert processes(f"tail -c .*{mark}")
    await Ears.until(lambda: not processes(f"tail -c .*{mark}"))


def processes(pattern: str) -> list[int]:
    """The processes whose command line the pattern fits."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended
            words = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if re.search(pattern, words):
                found.append(int(path.parent.name))
    return found
