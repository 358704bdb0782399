"""A bridge with machines on it that are network namespaces: a VM's place, servers, a stranger.

Sockets are made inside the namespaces and used from here; libvirt filters the VM's port as if a VM
were behind it.
"""

from __future__ import annotations

import ctypes
import os
import secrets
import select
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

BINDING = """
<filterbinding>
  <owner><name>{name}</name><uuid>{uuid}</uuid></owner>
  <portdev name='{port}'/><mac address='{mac}'/>
  <filterref filter='{filter}'>{parameters}</filterref>
</filterbinding>
"""
ANSWERED_WITHIN = 60.0
"""Seconds that what must pass may take on a busy machine."""
BLOCKED_AFTER = 0.8
"""Seconds that what must not pass is given after what must has passed."""
_NETWORK = 0x40000000  # CLONE_NEWNET: sched.h
_libc = ctypes.CDLL(None, use_errno=True)


def run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
    return done.stdout


@dataclass(frozen=True)
class Machine:
    """A machine on the bridge; `port` is the bridge's side of its cable."""

    namespace: str
    port: str
    mac: str
    address: str
    address6: str

    def within(self, work: Callable[[], T]) -> T:
        """What `work` returns in the machine's namespace, on a thread that moved there."""
        if not self.namespace:  # this very machine
            return work()
        found: list[T] = []

        def there() -> None:
            with Path(f"/run/netns/{self.namespace}").open() as namespace:
                assert _libc.setns(namespace.fileno(), _NETWORK) == 0, os.strerror(
                    ctypes.get_errno()
                )
            found.append(work())

        thread = threading.Thread(target=there, daemon=True)
        thread.start()
        thread.join(60)
        assert found, "it did not work there"
        return found[0]

    def made(self, kind: int, family: int = socket.AF_INET, protocol: int = 0) -> socket.socket:
        """A socket of the machine's that waits for nothing."""
        made = self.within(lambda: socket.socket(family, kind, protocol))
        made.setblocking(False)
        if family != socket.AF_PACKET:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return made

    def frames(self) -> socket.socket:
        """Whole frames, sent and received past the machine's own network."""
        made = self.made(socket.SOCK_RAW, socket.AF_PACKET, socket.htons(3))
        made.bind(("eth0", 0))
        return made


class Echo:
    """Answers every byte on a TCP and a UDP port of a machine, over IPv4 and IPv6."""

    def __init__(self, machine: Machine, *ports: int) -> None:
        self._open: list[socket.socket] = []
        self._ended = threading.Event()
        for port in ports:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                made = machine.made(kind, socket.AF_INET6)
                made.bind(("::", port))
                if kind == socket.SOCK_STREAM:
                    made.listen(64)
                self._open.append(made)
        self._listening = set(self._open[0::2])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while not self._ended.is_set():
            for ready in select.select(self._open, [], [], 0.1)[0]:
                with suppress(OSError):
                    self._answer(ready)

    def _answer(self, ready: socket.socket) -> None:
        if ready in self._listening:
            self._open.append(ready.accept()[0])
        elif ready.type == socket.SOCK_DGRAM:
            data, sender = ready.recvfrom(1 << 16)
            ready.sendto(data, sender)
        elif data := ready.recv(1 << 16):
            ready.sendall(data)
        else:
            self._open.remove(ready)
            ready.close()

    def close(self) -> None:
        self._ended.set()
        self._thread.join(60)
        for each in self._open:
            each.close()


@dataclass
class Lab:
    """The bridge, which the host has an address on, and the machines."""

    bridge: str
    host: Machine
    machines: dict[str, Machine] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Machine:
        return self.machines[name]


@contextmanager
def built(names: Iterable[str]) -> Iterator[Lab]:
    """Machines of these names on a new bridge."""
    bridge = f"br-{secrets.token_hex(3)}"
    run("ip", "link", "add", bridge, "type", "bridge", "mcast_snooping", "0")
    try:
        with joined(bridge, names) as lab:
            _address(lab.host, bridge, ())
            yield lab
    finally:
        run("ip", "link", "delete", bridge)


@contextmanager
def joined(bridge: str, names: Iterable[str]) -> Iterator[Lab]:
    """Machines of these names on a bridge that is there; it gets no address."""
    lab = Lab(bridge, Machine("", bridge, "", "10.77.0.1", "fd77::1"))
    with ExitStack() as leaving:
        for number, name in enumerate(names, 10):
            lab.machines[name] = machine = _named(secrets.token_hex(3), number)
            run("ip", "netns", "add", machine.namespace)
            leaving.callback(run, "ip", "netns", "delete", machine.namespace)
            _connect(machine, bridge)
        yield lab


def _named(tag: str, number: int) -> Machine:
    return Machine(
        f"ns-{tag}-{number}", f"p-{tag}-{number}", f"52:54:00:77:00:{number}",
        f"10.77.0.{number}", f"fd77::{number}",
    )  # fmt: skip


def _connect(made: Machine, bridge: str) -> None:
    inside = ("-n", made.namespace)
    run(
        *("ip", "link", "add", made.port, "type", "veth"),
        *("peer", "name", "eth0", "netns", made.namespace),
    )
    run("ip", "link", "set", made.port, "master", bridge, "up")
    run("ip", *inside, "link", "set", "eth0", "address", made.mac)
    _address(made, "eth0", inside)
    run("ip", *inside, "link", "set", "lo", "up")


def _address(machine: Machine, device: str, inside: tuple[str, ...]) -> None:
    run("ip", *inside, "address", "add", f"{machine.address}/24", "dev", device)
    run("ip", *inside, "address", "add", f"{machine.address6}/64", "dev", device, "nodad")
    run("ip", *inside, "link", "set", device, "up")


@dataclass(frozen=True, order=True)
class To:
    """A port of an address; `by` and `source` are what it is called from, where that matters."""

    address: str
    port: int
    protocol: str = "tcp"
    source: int = 0
    by: str = ""


def reached(machine: Machine, wanted: Iterable[To], tried: Iterable[To]) -> set[To]:
    """Which of these ports answer: those that must are waited for, the others for a moment more."""
    expected = set(wanted)
    with ExitStack() as leaving:
        calls = {each: _call(machine, each) for each in {*expected, *tried}}
        for call in calls.values():
            leaving.callback(call.close)
        return _answered(calls, expected)


def _call(machine: Machine, to: To) -> socket.socket:
    family = socket.AF_INET6 if ":" in to.address else socket.AF_INET
    call = machine.made(socket.SOCK_STREAM if to.protocol == "tcp" else socket.SOCK_DGRAM, family)
    if to.source or to.by:
        call.bind((to.by, to.source))
    return call


def _answered(calls: Mapping[To, socket.socket], expected: set[To]) -> set[To]:
    found: set[To] = set()
    until = time.monotonic() + ANSWERED_WITHIN
    while not expected <= found and time.monotonic() < until:
        found |= _ask(calls)
    until = time.monotonic() + BLOCKED_AFTER
    while found != set(calls) and time.monotonic() < until:
        found |= _ask(calls)
    return found


def _ask(calls: Mapping[To, socket.socket]) -> set[To]:
    """Ask all once more; gives those of which an answer is there."""
    found = set()
    for to, call in calls.items():
        with suppress(OSError):  # one that could not be made is tried again
            call.connect((to.address, to.port))
        with suppress(OSError):
            call.send(b"?")
        with suppress(OSError):
            if call.recv(1 << 16):
                found.add(to)
    time.sleep(0.05)
    return found
